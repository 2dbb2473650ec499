package io.freemask.shapeworld;

/** The shape of an object. */
public enum SceneShape {
  /** A disc. */
  CIRCLE("circle"),
  /** A square. */
  SQUARE("square"),
  /** A triangle that stands on its base. */
  TRIANGLE("triangle"),
  /** A star with five tips. */
  STAR("star"),
  /** A heart. */
  HEART("heart"),
  /** A ring. */
  RING("ring"),
  /** A car seen from its side. */
  CAR("car"),
  /** A fish seen from its side. */
  FISH("fish");

  private final String word;

  SceneShape(String word) {
    this.word = word;
  }

  /** Returns the word or words in a caption. */
  public String word() {
    return word;
  }
}
