package io.freemask.eval.metric;

import io.freemask.mask.Mask;
import io.freemask.video.Clip;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * Peak signal-to-noise ratio: {@code 10 log10(255² / MSE)} dB, the squared error's mean being over
 * all frames, pixels and channels together.
 */
public final class Psnr {

  private static final double PEAK = 255;

  private Psnr() {}

  /**
   * Returns the PSNR of all pixels in dB; infinity for equal clips.
   *
   * @throws IllegalArgumentException if the clips' sizes or frame counts differ
   */
  public static double of(Clip first, Clip second) {
    return of(first, second, null, true).orElseThrow();
  }

  /**
   * Returns the PSNR of a region in dB; infinity where the clips are equal.
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
      byte[] a = first.frames().get(f);
      byte[] b = second.frames().get(f);
      for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
          if (!region.contains(f, y, x)) {
            continue;
          }
          for (int c = 0; c < 3; c++) {
            int i = 3 * (y * width + x) + c;
            double difference = (a[i] & 0xff) - (b[i] & 0xff);
            sum += difference * difference;
          }
          count += 3;
        }
      }
    }
    return count == 0
        ? OptionalDouble.empty()
        : OptionalDouble.of(10 * Math.log10(PEAK * PEAK / (sum / count)));
  }
}
