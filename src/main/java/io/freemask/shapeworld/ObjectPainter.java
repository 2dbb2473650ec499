package io.freemask.shapeworld;

/** One object at one moment: where it is and what a point of the frame shows of it. */
final class ObjectPainter {

  private static final double[] GLASS = {0.70, 0.86, 0.94};
  private static final double TYRE = 0.12;
  private static final double TRAVEL = 0.588;

  private final SceneShape shape;
  private final SceneColor color;
  private final double cx;
  private final double cy;
  private final double cos;
  private final double sin;
  private final double scale;
  private final boolean mirrored;
  private final int height;

  /**
   * Places an object.
   *
   * @param px its place, as {@link Scene#px}
   * @param py its place, as {@link Scene#py}
   * @param t 0 at the first frame, 1 at the last
   * @param aspect the frame's width over its height
   * @param height of the frame in pixels
   */
  ObjectPainter(
      SceneShape shape,
      SceneColor color,
      SceneMotion motion,
      double px,
      double py,
      double size,
      double t,
      double aspect,
      int height) {
    this.shape = shape;
    this.color = color;
    this.height = height;
    int across = step(motion, SceneMotion.MOVING_RIGHT, SceneMotion.MOVING_LEFT);
    int down = step(motion, SceneMotion.MOVING_DOWN, SceneMotion.MOVING_UP);
    // An object that moves crosses the middle of the frame; across that direction it keeps place.
    cx = px * aspect * 0.9 * (across == 0 ? 1 : 0.3) + TRAVEL * aspect * (t - 0.5) * across;
    cy = py * (down == 0 ? 1 : 0.3) + TRAVEL * (t - 0.5) * down;
    double angle = motion == SceneMotion.SPINNING ? 2 * Math.PI * 0.6 * t : 0;
    cos = Math.cos(angle);
    sin = Math.sin(angle);
    scale =
        size
            * switch (motion) {
              case GROWING -> 0.6 + 0.75 * t;
              case SHRINKING -> 1.35 - 0.75 * t;
              default -> 1;
            };
    // Cars and fish look where they go.
    mirrored =
        motion == SceneMotion.MOVING_LEFT && (shape == SceneShape.CAR || shape == SceneShape.FISH);
  }

  private static int step(SceneMotion motion, SceneMotion forward, SceneMotion backward) {
    return motion == forward ? 1 : motion == backward ? -1 : 0;
  }

  private double along(double x, double y) {
    double value = (cos * (x - cx) + sin * (y - cy)) / scale;
    return mirrored ? -value : value;
  }

  private double across(double x, double y) {
    return (cos * (y - cy) - sin * (x - cx)) / scale;
  }

  private double coverage(double distance) {
    return Math.max(0, Math.min(1, 0.5 - distance * scale * (height / 3.0)));
  }

  /** Returns how much of the pixel at a point the object covers, 0 to 1. */
  double coverage(double x, double y) {
    return coverage(ShapeDistance.of(shape, along(x, y), across(x, y)));
  }

  /** Writes the object's colour at a point, each channel 0 to 1. */
  void color(double x, double y, double[] rgb) {
    double rx = along(x, y);
    double ry = across(x, y);
    double light = 1 - 0.18 * clamp(ry) - 0.08 * clamp(rx);
    double sum = 0;
    for (int c = 0; c < 3; c++) {
      sum += color.channel(c);
      rgb[c] = Math.max(0, Math.min(1, color.channel(c) * light));
    }
    if (shape == SceneShape.CAR) {
      double wheel = coverage(ShapeDistance.wheels(rx, ry));
      double window = coverage(ShapeDistance.window(rx, ry));
      for (int c = 0; c < 3; c++) {
        rgb[c] = mix(mix(rgb[c], TYRE, wheel), GLASS[c], window);
      }
    } else if (shape == SceneShape.FISH) {
      double pupil = sum > 0.6 ? 0.05 : 0.9;
      double eye = coverage(ShapeDistance.eye(rx, ry));
      for (int c = 0; c < 3; c++) {
        rgb[c] = mix(rgb[c], pupil, eye);
      }
    }
  }

  private static double clamp(double value) {
    return Math.max(-1, Math.min(1, value));
  }

  private static double mix(double below, double above, double share) {
    return below + (above - below) * share;
  }
}
