package io.freemask.shapeworld;

/** Smooth noise: hashed grids, enlarged by Catmull-Rom interpolation. */
final class SmoothNoise {

  /** The grids that a scene's seed gives. */
  enum Grid {
    COARSE(0, 10),
    FINE(1, 20),
    STARS(2, 16);

    private final int channel;
    private final int cells;

    Grid(int channel, int cells) {
      this.channel = channel;
      this.cells = cells;
    }
  }

  private SmoothNoise() {}

  /** Returns noise [h,w], about 0 to 1. */
  static double[] of(long seed, Grid grid, int height, int width) {
    int cells = grid.cells;
    double[][] high = weights(cells, height);
    double[][] wide = weights(cells, width);
    double[] noise = new double[height * width];
    for (int cy = 0; cy < cells; cy++) {
      double[] row = new double[width];
      for (int cx = 0; cx < cells; cx++) {
        double value = SceneHash.cell(seed, grid.channel, (long) cy * cells + cx);
        for (int x = 0; x < width; x++) {
          row[x] += value * wide[x][cx];
        }
      }
      for (int y = 0; y < height; y++) {
        double weight = high[y][cy];
        for (int x = 0; weight != 0 && x < width; x++) {
          noise[y * width + x] += weight * row[x];
        }
      }
    }
    return noise;
  }

  /**
   * Returns weights [size,cells]: pixel p lies at (p + 0.5) * cells / size - 0.5 and takes four
   * cells, the border's repeated.
   */
  private static double[][] weights(int cells, int size) {
    double[][] weights = new double[size][cells];
    for (int p = 0; p < size; p++) {
      double at = (p + 0.5) * cells / size - 0.5;
      int base = (int) Math.floor(at);
      double t = at - base;
      double[] four = {
        ((-0.5 * t + 1) * t - 0.5) * t,
        (1.5 * t - 2.5) * t * t + 1,
        ((-1.5 * t + 2) * t + 0.5) * t,
        (0.5 * t - 0.5) * t * t
      };
      for (int k = 0; k < four.length; k++) {
        weights[p][Math.max(0, Math.min(cells - 1, base - 1 + k))] += four[k];
      }
    }
    return weights;
  }
}
