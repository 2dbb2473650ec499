package io.freemask.shapeworld;

/** The background of a scene: what a pixel shows at a time. */
final class BackgroundPainter {

  private final SceneBackground background;
  private final double phase;
  private final double[] coarse;
  private final double[] fine;
  private final double[] stars;

  BackgroundPainter(Scene scene, int height, int width) {
    background = scene.background();
    phase = scene.phase();
    coarse = SmoothNoise.of(scene.seed(), SmoothNoise.Grid.COARSE, height, width);
    fine = SmoothNoise.of(scene.seed(), SmoothNoise.Grid.FINE, height, width);
    stars = SmoothNoise.of(scene.seed(), SmoothNoise.Grid.STARS, height, width);
  }

  /**
   * Writes a pixel's colour, each channel 0 to 1.
   *
   * @param pixel row times width plus column
   * @param x its place in half heights
   * @param y its place in half heights
   * @param t 0 at the first frame, 1 at the last
   */
  void color(int pixel, double x, double y, double t, double[] rgb) {
    double n1 = coarse[pixel];
    double n2 = fine[pixel];
    switch (background) {
      case GRASS -> set(rgb, 0.55 * n1 + 0.45 * n2, 0.24, 0.44, 0.16, 0.16, 0.26, 0.10);
      case SAND -> {
        double ripple = 0.5 + 0.5 * Math.sin(14 * (y + 0.18 * n1) + 2 * x);
        set(rgb, 0.6 * ripple + 0.4 * n2, 0.76, 0.64, 0.42, 0.12, 0.12, 0.12);
      }
      case WATER -> {
        double swell = 2.5 * Math.sin(3 * x + 2 * Math.PI * (t + phase));
        double wave = 0.5 + 0.5 * Math.sin(10 * y + swell + 3 * n1);
        set(rgb, wave, 0.10, 0.42, 0.62, 0.12, 0.18, 0.18);
      }
      case SNOW -> set(rgb, 0.6 * n1 + 0.4 * n2, 0.80, 0.84, 0.90, 0.12, 0.12, 0.09);
      case BRICKS -> {
        set(rgb, 0.5 * n1 + 0.5 * n2, 0.56, 0.30, 0.24, 0.12, 0.08, 0.06);
        double joint = 0.6 * mortar(x, y);
        for (int c = 0; c < 3; c++) {
          rgb[c] = rgb[c] * (1 - joint) + 0.66 * joint;
        }
      }
      case NIGHT -> {
        set(rgb, n1, 0.05, 0.06, 0.16, 0.05, 0.06, 0.12);
        double star = 0.5 * softStep((stars[pixel] - 0.78) / 0.3);
        for (int c = 0; c < 3; c++) {
          rgb[c] += star;
        }
      }
    }
    for (int c = 0; c < 3; c++) {
      rgb[c] = Math.max(0, Math.min(1, rgb[c]));
    }
  }

  private static void set(
      double[] rgb, double v, double r, double g, double b, double vr, double vg, double vb) {
    rgb[0] = r + vr * v;
    rgb[1] = g + vg * v;
    rgb[2] = b + vb * v;
  }

  /** Returns how much a place is mortar: soft lines between rows, odd rows shifted. */
  private static double mortar(double x, double y) {
    double row = Math.floor((y + 1) * 4);
    double across = fraction((x + 0.25 * (row - 2 * Math.floor(row / 2))) * 2);
    double along = fraction((y + 1) * 4);
    return Math.max(line(across, 0.10), line(along, 0.20));
  }

  private static double line(double v, double width) {
    return softStep(1 - Math.min(v, 1 - v) / width);
  }

  private static double fraction(double v) {
    return v - Math.floor(v);
  }

  private static double softStep(double v) {
    double x = Math.max(0, Math.min(1, v));
    return x * x * (3 - 2 * x);
  }
}
