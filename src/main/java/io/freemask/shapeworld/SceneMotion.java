package io.freemask.shapeworld;

/** What the first object does during the clip. */
public enum SceneMotion {
  /** Is moving left. */
  MOVING_LEFT("moving left"),
  /** Is moving right. */
  MOVING_RIGHT("moving right"),
  /** Is moving up. */
  MOVING_UP("moving up"),
  /** Is moving down. */
  MOVING_DOWN("moving down"),
  /** Turns clockwise by 0.6 of a full turn. */
  SPINNING("spinning"),
  /** Is growing. */
  GROWING("growing"),
  /** Is shrinking. */
  SHRINKING("shrinking"),
  /** Does not change. */
  STANDING_STILL("standing still");

  private final String word;

  SceneMotion(String word) {
    this.word = word;
  }

  /** Returns the words in a caption. */
  public String word() {
    return word;
  }
}
