package io.freemask;

import io.freemask.mask.Mask;
import io.freemask.mask.MaskResize;
import io.freemask.video.Clip;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/** Peak signal-to-noise ratio between clips of 8-bit values. */
final class Psnr {

  private static final double PEAK = 255;

  private Psnr() {}

  /** Returns the PSNR of all pixels in dB; infinity for equal clips. */
  static double of(Clip first, Clip second) {
    return of(first, second, null, true).orElseThrow();
  }

  /**
   * Returns the PSNR of a region in dB.
   *
   * @param mask at any size, brought to the clips' by nearest resize; null for all pixels
   * @param inside whether the region is where the mask is larger than 0.5, or the rest
   * @return empty if the region has no pixel
   */
  static OptionalDouble of(Clip first, Clip second, @Nullable Mask mask, boolean inside) {
    if (!first.size().equals(second.size()) || first.frameCount() != second.frameCount()) {
      throw new IllegalArgumentException(
          second.frameCount()
              + " frames of "
              + second.size()
              + ", expected "
              + first.frameCount()
              + " of "
              + first.size());
    }
    int width = first.size().width();
    int height = first.size().height();
    double sum = 0;
    long count = 0;
    for (int f = 0; f < first.frameCount(); f++) {
      byte[] a = first.frames().get(f);
      byte[] b = second.frames().get(f);
      for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
          if (mask != null && isInside(mask, f, y, x, height, width) != inside) {
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

  private static boolean isInside(Mask mask, int frame, int y, int x, int height, int width) {
    int row = MaskResize.sourceIndex(y, mask.height(), height);
    int column = MaskResize.sourceIndex(x, mask.width(), width);
    return mask.at(frame, row, column) > 0.5f;
  }
}
