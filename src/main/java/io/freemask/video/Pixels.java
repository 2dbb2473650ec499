package io.freemask.video;

/** Operations on packed pixels. */
final class Pixels {

  private Pixels() {}

  /**
   * Blends R, G, B, A with black.
   *
   * @param rgba [H*W*4]
   * @return [H*W*3]
   */
  static byte[] overBlack(byte[] rgba) {
    byte[] rgb = new byte[rgba.length / 4 * 3];
    for (int i = 0; i < rgba.length / 4; i++) {
      int alpha = rgba[4 * i + 3] & 0xff;
      for (int c = 0; c < 3; c++) {
        rgb[3 * i + c] = (byte) (((rgba[4 * i + c] & 0xff) * alpha + 127) / 255);
      }
    }
    return rgb;
  }

  /**
   * Turns a picture clockwise.
   *
   * @param rgb [H*W*3] of the size given
   * @param degrees 0, 90, 180 or 270
   */
  static byte[] rotate(byte[] rgb, FrameSize size, int degrees) {
    if (degrees == 0) {
      return rgb;
    }
    int width = size.width();
    int height = size.height();
    byte[] out = new byte[rgb.length];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int to =
            switch (degrees) {
              case 90 -> x * height + height - 1 - y;
              case 180 -> (height - 1 - y) * width + width - 1 - x;
              case 270 -> (width - 1 - x) * height + y;
              default ->
                  throw new IllegalArgumentException(
                      "degrees is " + degrees + ", expected 0, 90, 180 or 270");
            };
        System.arraycopy(rgb, 3 * (y * width + x), out, 3 * to, 3);
      }
    }
    return out;
  }

  /** Extends a picture to a larger size by repeating its last column and row. */
  static byte[] extend(byte[] rgb, FrameSize from, FrameSize to) {
    if (from.equals(to)) {
      return rgb;
    }
    byte[] out = new byte[Math.toIntExact(to.pixels() * 3)];
    for (int y = 0; y < to.height(); y++) {
      int row = Math.min(y, from.height() - 1) * from.width();
      for (int x = 0; x < to.width(); x++) {
        System.arraycopy(
            rgb, 3 * (row + Math.min(x, from.width() - 1)), out, 3 * (y * to.width() + x), 3);
      }
    }
    return out;
  }

  /** Cuts a rectangle out of a picture. */
  static byte[] crop(byte[] rgb, FrameSize from, int left, int top, FrameSize to) {
    byte[] out = new byte[Math.toIntExact(to.pixels() * 3)];
    for (int y = 0; y < to.height(); y++) {
      System.arraycopy(
          rgb, 3 * ((top + y) * from.width() + left), out, 3 * y * to.width(), 3 * to.width());
    }
    return out;
  }
}
