package io.freemask.shapeworld;

/** What is behind the objects. */
public enum SceneBackground {
  /** Green patches. */
  GRASS("on grass"),
  /** Rippled sand. */
  SAND("on sand"),
  /** Waves that move. */
  WATER("on water"),
  /** White and grey patches. */
  SNOW("on snow"),
  /** A brick wall. */
  BRICKS("on bricks"),
  /** A dark sky with stars. */
  NIGHT("at night");

  private final String phrase;

  SceneBackground(String phrase) {
    this.phrase = phrase;
  }

  /** Returns how a caption ends, such as {@code on grass}. */
  public String phrase() {
    return phrase;
  }
}
