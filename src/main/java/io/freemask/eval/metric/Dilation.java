package io.freemask.eval.metric;

import io.freemask.mask.Mask;

/**
 * Makes masks larger: each pixel takes the largest value of the square of 2 pixels + 1 around it in
 * its frame. A square because what a latent pixel or an attention map's cell covers is one.
 */
public final class Dilation {

  private Dilation() {}

  /**
   * Returns a mask with a margin around what it marks.
   *
   * @param mask [F,h,w]
   * @param pixels by how much it grows to each side, in the mask's pixels; at least 0
   * @throws IllegalArgumentException if pixels is negative
   */
  public static Mask of(Mask mask, int pixels) {
    if (pixels < 0) {
      throw new IllegalArgumentException("pixels is " + pixels + ", expected at least 0");
    }
    int height = mask.height();
    int width = mask.width();
    float[] values = mask.values();
    float[] line = new float[Math.max(height, width)];
    for (int f = 0; f < mask.frames(); f++) {
      int plane = f * height * width;
      for (int y = 0; y < height; y++) {
        grow(values, plane + y * width, 1, width, pixels, line);
      }
      for (int x = 0; x < width; x++) {
        grow(values, plane + x, width, height, pixels, line);
      }
    }
    return Mask.of(mask.frames(), height, width, values);
  }

  private static void grow(
      float[] values, int start, int step, int length, int pixels, float[] line) {
    for (int i = 0; i < length; i++) {
      float largest = 0;
      for (int k = Math.max(0, i - pixels); k <= Math.min(length - 1, (long) i + pixels); k++) {
        largest = Math.max(largest, values[start + step * k]);
      }
      line[i] = largest;
    }
    for (int i = 0; i < length; i++) {
      values[start + step * i] = line[i];
    }
  }
}
