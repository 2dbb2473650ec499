package io.freemask.shapeworld;

/**
 * Signed distances (approximate) of shapes in a frame of their own: negative inside, about one unit
 * in radius, y down.
 */
final class ShapeDistance {

  private static final double SECTOR = 2 * Math.PI / 5;

  private ShapeDistance() {}

  static double of(SceneShape shape, double x, double y) {
    return switch (shape) {
      case CIRCLE -> Math.sqrt(x * x + y * y) - 0.9;
      case SQUARE -> Math.max(Math.abs(x), Math.abs(y)) - 0.78;
      case TRIANGLE -> Math.max(Math.abs(x) * 0.866 - (y - 0.12) * 0.5, y - 0.12) - 0.52;
      case STAR -> star(x, y);
      case HEART -> heart(x, y);
      case RING -> Math.abs(Math.sqrt(x * x + y * y) - 0.68) - 0.24;
      case CAR -> car(x, y);
      case FISH -> fish(x, y);
    };
  }

  private static double star(double x, double y) {
    double turned = Math.atan2(x, -y) + SECTOR / 2;
    double angle = turned - Math.floor(turned / SECTOR) * SECTOR - SECTOR / 2;
    double radius = Math.sqrt(x * x + y * y);
    double px = Math.abs(radius * Math.sin(angle));
    double py = radius * Math.cos(angle);
    // The edge runs from the tip (0, 1) to the notch at half a sector, radius 0.42.
    double ex = 0.42 * Math.sin(SECTOR / 2);
    double ey = 0.42 * Math.cos(SECTOR / 2) - 1;
    return (ex * (py - 1) - ey * px) / Math.hypot(ex, ey);
  }

  private static double heart(double x, double y) {
    double px = Math.abs(x) * 0.62;
    double py = -y * 0.62 + 0.55;
    if (px + py > 1) {
      return (Math.hypot(px - 0.25, py - 0.75) - Math.sqrt(2) / 4) / 0.62;
    }
    double m = 0.5 * Math.max(0, px + py);
    double low =
        Math.sqrt(
            Math.min(px * px + (py - 1) * (py - 1), (px - m) * (px - m) + (py - m) * (py - m)));
    return low * Math.signum(px - py) / 0.62;
  }

  private static double car(double x, double y) {
    double body = Math.max(Math.abs(x) - 0.95, Math.abs(y - 0.18) - 0.27);
    double cab = Math.max(Math.abs(x + 0.05) - 0.50 - (y + 0.3) * 0.35, Math.abs(y + 0.28) - 0.26);
    return Math.min(Math.min(body, cab), wheels(x, y));
  }

  private static double fish(double x, double y) {
    double body = Math.hypot((x - 0.18) / 0.72, y / 0.48) - 1;
    double tail = Math.max(Math.abs(y) + (x + 0.35) * 0.85, Math.max(-(x + 0.95), x + 0.2));
    return Math.min(body * 0.5, tail);
  }

  /** Of a car. */
  static double wheels(double x, double y) {
    return Math.hypot(Math.abs(x) - 0.52, y - 0.48) - 0.24;
  }

  /** Of a car. */
  static double window(double x, double y) {
    return Math.max(Math.abs(x + 0.05) - 0.34, Math.abs(y + 0.26) - 0.14);
  }

  /** Of a fish. */
  static double eye(double x, double y) {
    return Math.hypot(x - 0.58, y + 0.12) - 0.09;
  }
}
