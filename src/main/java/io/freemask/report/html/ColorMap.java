package io.freemask.report.html;

import io.freemask.video.FrameSize;
import java.util.Locale;
import java.util.StringJoiner;

/**
 * A perceptual colour map: equal steps of the value are about equal steps to the eye, also without
 * colour vision and in print.
 */
public final class ColorMap {

  /** Dark violet over green to yellow: matplotlib's viridis (CC0) at eleven even places. */
  public static final ColorMap VIRIDIS =
      new ColorMap(
          0x440154, 0x482475, 0x414487, 0x355f8d, 0x2a788e, 0x21918c, 0x22a884, 0x44bf70, 0x7ad151,
          0xbddf26, 0xfde725);

  /** Where (1.05) / (L + 0.05) = (L + 0.05) / 0.05. */
  private static final double EVEN_LUMINANCE = Math.sqrt(1.05 * 0.05) - 0.05;

  private final int[] stops;

  private ColorMap(int... stops) {
    this.stops = stops;
  }

  /**
   * Returns a value's colour, linear between the map's stops.
   *
   * @param value 0 to 1; what is beyond has the colour of the end, and NaN that of 0
   * @return 0xRRGGBB
   */
  public int rgb(double value) {
    double place = Math.min(1, Math.max(0, Double.isNaN(value) ? 0 : value)) * (stops.length - 1);
    int low = Math.min((int) place, stops.length - 2);
    double share = place - low;
    int color = 0;
    for (int shift = 16; shift >= 0; shift -= 8) {
      int from = stops[low] >> shift & 0xff;
      int to = stops[low + 1] >> shift & 0xff;
      color |= (int) Math.round(from + share * (to - from)) << shift;
    }
    return color;
  }

  /** Returns a value's colour for a style sheet, such as {@code #440154}. */
  public String css(double value) {
    return String.format(Locale.ROOT, "#%06x", rgb(value));
  }

  /**
   * Returns whether text on a value's colour is read better in black than in white: whether its
   * relative luminance (WCAG 2) gives black the larger contrast.
   */
  public boolean isLight(double value) {
    int color = rgb(value);
    return 0.2126 * linear(color >> 16) + 0.7152 * linear(color >> 8) + 0.0722 * linear(color)
        > EVEN_LUMINANCE;
  }

  private static double linear(int channel) {
    double encoded = (channel & 0xff) / 255.0;
    return encoded <= 0.04045 ? encoded / 12.92 : Math.pow((encoded + 0.055) / 1.055, 2.4);
  }

  /** Returns the map from 0 to 1 as a gradient for a style sheet, left to right. */
  public String gradient() {
    StringJoiner colors = new StringJoiner(", ", "linear-gradient(to right, ", ")");
    for (int i = 0; i < stops.length; i++) {
      colors.add(css((double) i / (stops.length - 1)));
    }
    return colors.toString();
  }

  /**
   * Paints a map, one pixel a value.
   *
   * @param values at least offset + h*w of them, row by row from the offset
   * @param most the value that has the last colour; 0 has the first
   */
  public Picture paint(float[] values, int offset, FrameSize size, float most) {
    int pixels = Math.toIntExact(size.pixels());
    byte[] rgb = new byte[3 * pixels];
    for (int i = 0; i < pixels; i++) {
      int color = rgb(most > 0 ? values[offset + i] / most : 0);
      rgb[3 * i] = (byte) (color >> 16);
      rgb[3 * i + 1] = (byte) (color >> 8);
      rgb[3 * i + 2] = (byte) color;
    }
    return new Picture(size, rgb);
  }
}
