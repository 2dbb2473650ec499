package io.freemask.shapeworld;

/** Turns a plain frame into one of a style. */
final class StylePainter {

  private static final double[] SEPIA = {1.06, 0.86, 0.62};
  private static final int GLOW = 4;

  private final SceneStyle style;
  private final int height;
  private final int width;

  StylePainter(SceneStyle style, int height, int width) {
    this.style = style;
    this.height = height;
    this.width = width;
  }

  /**
   * Repaints a frame.
   *
   * @param rgb [h*w*3] in 0..1
   * @param cover [h*w], how much of a pixel is object
   */
  void paint(double[] rgb, double[] cover) {
    switch (style) {
      case PLAIN -> {}
      case PENCIL_SKETCH -> sketch(rgb, cover, edges(cover));
      case NEON_PAINTING -> neon(rgb, cover, edges(cover));
      case SEPIA_PHOTO -> sepia(rgb);
    }
  }

  private static double luminance(double[] rgb, int i) {
    return 0.30 * rgb[3 * i] + 0.59 * rgb[3 * i + 1] + 0.11 * rgb[3 * i + 2];
  }

  /** Returns where coverage changes, thickened by a pixel. */
  private double[] edges(double[] cover) {
    double[] edge = new double[cover.length];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int i = y * width + x;
        double across = x > 0 && x < width - 1 ? Math.abs(cover[i + 1] - cover[i - 1]) : 0;
        double down = y > 0 && y < height - 1 ? Math.abs(cover[i + width] - cover[i - width]) : 0;
        edge[i] = Math.min(1, across + down);
      }
    }
    double[] thick = new double[cover.length];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        double most = 0;
        for (int v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v++) {
          for (int u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u++) {
            most = Math.max(most, edge[v * width + u]);
          }
        }
        thick[y * width + x] = most;
      }
    }
    return thick;
  }

  private void sketch(double[] rgb, double[] cover, double[] edge) {
    double aspect = (double) width / height;
    for (int i = 0; i < cover.length; i++) {
      double x = SceneRenderer.place(i % width, width) * aspect;
      double y = SceneRenderer.place(i / width, height);
      double hatch = 0.5 + 0.5 * Math.sin(40 * (x + y));
      double grey = luminance(rgb, i);
      double paper = 0.93 - 0.22 * (1 - grey) - cover[i] * 0.28 * hatch * (1.1 - grey);
      double value = paper * (1 - edge[i]) + 0.15 * edge[i];
      for (int c = 0; c < 3; c++) {
        rgb[3 * i + c] = value;
      }
    }
  }

  private void neon(double[] rgb, double[] cover, double[] edge) {
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int i = y * width + x;
        double glow = 0;
        for (int v = Math.max(0, y - GLOW); v <= Math.min(height - 1, y + GLOW); v++) {
          for (int u = Math.max(0, x - GLOW); u <= Math.min(width - 1, x + GLOW); u++) {
            glow += edge[v * width + u];
          }
        }
        glow = glow / ((2 * GLOW + 1) * (2 * GLOW + 1)) * 1.6;
        double brightest = Math.max(rgb[3 * i], Math.max(rgb[3 * i + 1], rgb[3 * i + 2])) + 1e-3;
        for (int c = 0; c < 3; c++) {
          double value = rgb[3 * i + c];
          rgb[3 * i + c] =
              0.10 * value
                  + value / brightest * (0.85 * edge[i] + 0.55 * glow)
                  + 0.22 * cover[i] * value;
        }
      }
    }
  }

  private static void sepia(double[] rgb) {
    for (int i = 0; i < rgb.length / 3; i++) {
      double grey = luminance(rgb, i);
      for (int c = 0; c < 3; c++) {
        rgb[3 * i + c] = grey * SEPIA[c];
      }
    }
  }
}
