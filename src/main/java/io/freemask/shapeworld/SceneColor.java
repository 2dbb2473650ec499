package io.freemask.shapeworld;

/** The colour of an object. */
public enum SceneColor {
  /** Red. */
  RED("red", 0.86, 0.12, 0.12),
  /** Orange. */
  ORANGE("orange", 0.96, 0.52, 0.08),
  /** Yellow. */
  YELLOW("yellow", 0.97, 0.87, 0.12),
  /** Green. */
  GREEN("green", 0.1, 0.62, 0.22),
  /** Blue. */
  BLUE("blue", 0.12, 0.28, 0.88),
  /** Purple. */
  PURPLE("purple", 0.55, 0.16, 0.72),
  /** Pink. */
  PINK("pink", 0.98, 0.48, 0.72),
  /** White. */
  WHITE("white", 0.96, 0.96, 0.96),
  /** Black. */
  BLACK("black", 0.06, 0.06, 0.07);

  private final String word;
  private final double red;
  private final double green;
  private final double blue;

  SceneColor(String word, double red, double green, double blue) {
    this.word = word;
    this.red = red;
    this.green = green;
    this.blue = blue;
  }

  /** Returns the word in a caption. */
  public String word() {
    return word;
  }

  /**
   * Returns the colour before light falls on it.
   *
   * @param channel 0 red, 1 green, 2 blue
   * @return 0 to 1
   */
  public double channel(int channel) {
    return switch (channel) {
      case 0 -> red;
      case 1 -> green;
      case 2 -> blue;
      default -> throw new IllegalArgumentException("channel is " + channel + ", expected 0 to 2");
    };
  }
}
