package io.freemask.eval.metric;

import io.freemask.video.FrameSize;
import org.jspecify.annotations.Nullable;

/**
 * A place between four pixels, read by bilinear interpolation.
 *
 * @param upperLeft index of the pixel above and to the left
 * @param right how many pixels its right neighbour is away: 1, or 0 in the last column
 * @param below how many pixels the one below is away: a row, or 0 in the last row
 * @param alongX how far the place is to the right, in [0,1)
 * @param alongY how far it is below, in [0,1)
 */
record Sample(int upperLeft, int right, int below, double alongX, double alongY) {

  /** Returns the place of a position in pixels, or null if it is outside of the frame. */
  static @Nullable Sample at(double x, double y, FrameSize size) {
    if (!(x >= 0 && y >= 0 && x <= size.width() - 1 && y <= size.height() - 1)) {
      return null;
    }
    int column = (int) x;
    int row = (int) y;
    return new Sample(
        row * size.width() + column,
        column + 1 < size.width() ? 1 : 0,
        row + 1 < size.height() ? size.width() : 0,
        x - column,
        y - row);
  }

  /** Returns the value of one of several interleaved channels. */
  double of(float[] values, int channels, int channel) {
    return mix(
        values[upperLeft * channels + channel],
        values[(upperLeft + right) * channels + channel],
        values[(upperLeft + below) * channels + channel],
        values[(upperLeft + below + right) * channels + channel]);
  }

  /** Returns the level of a channel of a frame of R, G and B. */
  double of(byte[] rgb, int channel) {
    return mix(
        rgb[upperLeft * 3 + channel] & 0xff,
        rgb[(upperLeft + right) * 3 + channel] & 0xff,
        rgb[(upperLeft + below) * 3 + channel] & 0xff,
        rgb[(upperLeft + below + right) * 3 + channel] & 0xff);
  }

  private double mix(double a, double b, double c, double d) {
    double above = a + alongX * (b - a);
    double under = c + alongX * (d - c);
    return above + alongY * (under - above);
  }
}
