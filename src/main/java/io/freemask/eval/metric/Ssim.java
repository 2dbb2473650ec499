package io.freemask.eval.metric;

import io.freemask.mask.Mask;
import io.freemask.video.Clip;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * Structural similarity (Wang, Bovik, Sheikh and Simoncelli: Image quality assessment, IEEE TIP
 * 13(4), 2004): Gaussian window of 11x11 with sigma 1.5, K1 = 0.01, K2 = 0.03, range 255, moments
 * weighted by the window (not sample covariances). Each channel has a map of its own; their mean
 * over the region's pixels, the channels and the frames is the result.
 *
 * <p>Windows that stick out of the frame see it mirrored at its edge, the outermost pixel twice (d
 * c b a | a b c d), and pixels at the border count like all others. That is scikit-image's full
 * map; its plain mean leaves out 5 pixels at each border. A window at the edge of the region also
 * sees pixels beyond it.
 */
public final class Ssim {

  private static final int RADIUS = 5;
  private static final double[] WINDOW = window(1.5);
  private static final double C1 = 0.01 * 255 * 0.01 * 255;
  private static final double C2 = 0.03 * 255 * 0.03 * 255;

  private Ssim() {}

  /**
   * Returns the SSIM of all pixels, in [-1,1]; 1 for equal clips.
   *
   * @throws IllegalArgumentException if the clips' sizes or frame counts differ
   */
  public static double of(Clip first, Clip second) {
    return of(first, second, null, true).orElseThrow();
  }

  /**
   * Returns the mean SSIM over a region, in [-1,1].
   *
   * @param mask [F,h,w] at any size, brought to the clips' by nearest resize; null for all pixels
   * @param inside whether the region is where the mask is larger than 0.5, or the rest
   * @return empty if the region has no pixel
   * @throws IllegalArgumentException if the clips' sizes or the frame counts differ
   */
  public static OptionalDouble of(Clip first, Clip second, @Nullable Mask mask, boolean inside) {
    Region region = Region.of(first, second, mask, inside);
    int width = first.size().width();
    int height = first.size().height();
    double sum = 0;
    long count = 0;
    for (int f = 0; f < first.frameCount(); f++) {
      for (int c = 0; c < 3; c++) {
        double[] map = map(first.frames().get(f), second.frames().get(f), c, height, width);
        for (int y = 0; y < height; y++) {
          for (int x = 0; x < width; x++) {
            if (region.contains(f, y, x)) {
              sum += map[y * width + x];
              count++;
            }
          }
        }
      }
    }
    return count == 0 ? OptionalDouble.empty() : OptionalDouble.of(sum / count);
  }

  /** Returns the map [H,W] of one channel of a frame. */
  private static double[] map(byte[] first, byte[] second, int channel, int height, int width) {
    int pixels = height * width;
    double[] a = new double[pixels];
    double[] b = new double[pixels];
    double[] aa = new double[pixels];
    double[] bb = new double[pixels];
    double[] ab = new double[pixels];
    for (int i = 0; i < pixels; i++) {
      a[i] = first[3 * i + channel] & 0xff;
      b[i] = second[3 * i + channel] & 0xff;
      aa[i] = a[i] * a[i];
      bb[i] = b[i] * b[i];
      ab[i] = a[i] * b[i];
    }
    for (double[] plane : new double[][] {a, b, aa, bb, ab}) {
      blur(plane, height, width);
    }
    double[] map = aa;
    for (int i = 0; i < pixels; i++) {
      double product = a[i] * b[i];
      double squares = a[i] * a[i] + b[i] * b[i];
      double covariance = ab[i] - product;
      double variances = aa[i] + bb[i] - squares;
      map[i] = (2 * product + C1) * (2 * covariance + C2) / ((squares + C1) * (variances + C2));
    }
    return map;
  }

  private static void blur(double[] plane, int height, int width) {
    double[] line = new double[Math.max(height, width)];
    for (int y = 0; y < height; y++) {
      blurLine(plane, y * width, 1, width, line);
    }
    for (int x = 0; x < width; x++) {
      blurLine(plane, x, width, height, line);
    }
  }

  private static void blurLine(double[] plane, int start, int step, int length, double[] line) {
    for (int i = 0; i < length; i++) {
      double sum = 0;
      for (int k = -RADIUS; k <= RADIUS; k++) {
        sum += WINDOW[k + RADIUS] * plane[start + step * mirrored(i + k, length)];
      }
      line[i] = sum;
    }
    for (int i = 0; i < length; i++) {
      plane[start + step * i] = line[i];
    }
  }

  private static int mirrored(int index, int length) {
    int place = Math.floorMod(index, 2 * length);
    return place < length ? place : 2 * length - 1 - place;
  }

  private static double[] window(double sigma) {
    double[] window = new double[2 * RADIUS + 1];
    double sum = 0;
    for (int k = -RADIUS; k <= RADIUS; k++) {
      window[k + RADIUS] = Math.exp(-k * k / (2 * sigma * sigma));
      sum += window[k + RADIUS];
    }
    for (int k = 0; k < window.length; k++) {
      window[k] /= sum;
    }
    return window;
  }
}
