package io.freemask.mask;

/**
 * Nearest resize with the floor rule: output index i takes source index floor(i * in / out).
 *
 * <p>The quotient in / out is rounded to f32 before it is multiplied, as {@code
 * torch.nn.functional.interpolate(mode="nearest")} does. For a few pairs of sizes (16 to 122, for
 * one) that gives the neighbour of the exact quotient, and a mask has to fall on the same pixels as
 * the reference's.
 */
public final class MaskResize {

  private MaskResize() {}

  /**
   * Returns the source index of an output index.
   *
   * @param index the output index, 0 to out - 1
   * @param in the source size, at least 1
   * @param out the output size, at least 1
   */
  public static int sourceIndex(int index, int in, int out) {
    if (in < 1 || out < 1 || index < 0 || index >= out) {
      throw new IllegalArgumentException(
          "index is " + index + " of " + in + " to " + out + ", expected 0 <= index < out");
    }
    if (in == out) {
      return index;
    }
    float scale = (float) in / out;
    return Math.min((int) (index * scale), in - 1);
  }

  /**
   * Resizes planes.
   *
   * @param values [planes,height,width]
   * @return [planes,toHeight,toWidth]
   */
  public static float[] nearest(
      float[] values, int planes, int height, int width, int toHeight, int toWidth) {
    if (values.length != planes * height * width) {
      throw new IllegalArgumentException(
          values.length + " values, expected [" + planes + "," + height + "," + width + "]");
    }
    int[] columns = new int[toWidth];
    for (int x = 0; x < toWidth; x++) {
      columns[x] = sourceIndex(x, width, toWidth);
    }
    float[] resized = new float[planes * toHeight * toWidth];
    int out = 0;
    for (int plane = 0; plane < planes; plane++) {
      for (int y = 0; y < toHeight; y++) {
        int row = (plane * height + sourceIndex(y, height, toHeight)) * width;
        for (int x = 0; x < toWidth; x++) {
          resized[out++] = values[row + columns[x]];
        }
      }
    }
    return resized;
  }
}
