package io.freemask.shapeworld;

/** The style of the whole clip. */
public enum SceneStyle {
  /** Plain. */
  PLAIN(""),
  /** Pencil sketch. */
  PENCIL_SKETCH("a pencil sketch of "),
  /** Neon painting. */
  NEON_PAINTING("a neon painting of "),
  /** Sepia photo. */
  SEPIA_PHOTO("a sepia photo of ");

  private final String prefix;

  SceneStyle(String prefix) {
    this.prefix = prefix;
  }

  /** Returns how a caption begins; empty for plain. */
  public String prefix() {
    return prefix;
  }
}
