package io.freemask.video;

import io.freemask.InvalidInputException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Width and height in pixels.
 *
 * @param width at least 1
 * @param height at least 1
 */
public record FrameSize(int width, int height) {

  private static final Pattern TEXT = Pattern.compile("(\\d{1,6})[xX](\\d{1,6})");

  /** Checks the range. */
  public FrameSize {
    if (width < 1 || height < 1) {
      throw new IllegalArgumentException(
          "frame size is " + width + "x" + height + ", expected both at least 1");
    }
  }

  /**
   * Reads a size such as "512x320", width first.
   *
   * @throws InvalidInputException if the text is not a size
   */
  public static FrameSize parse(String text) {
    Matcher matcher = TEXT.matcher(text.strip());
    if (!matcher.matches()
        || Integer.parseInt(matcher.group(1)) == 0
        || Integer.parseInt(matcher.group(2)) == 0) {
      throw new InvalidInputException(
          "size is '" + text + "', expected WIDTHxHEIGHT in pixels, such as 512x320");
    }
    return new FrameSize(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
  }

  /** Returns whether both sides are multiples of a number. */
  public boolean isMultipleOf(int multiple) {
    return width % multiple == 0 && height % multiple == 0;
  }

  /** Returns the size whose sides are the nearest multiples, the larger on a tie, at least one. */
  public FrameSize nearest(int multiple) {
    return new FrameSize(nearest(width, multiple), nearest(height, multiple));
  }

  /**
   * Returns the nearest allowed size of at most a number of pixels: this size, scaled down with its
   * aspect kept if it has more, each side then brought to the nearest multiple.
   *
   * @param multiple what both sides have to be multiples of
   * @param maxPixels the largest width times height
   */
  public FrameSize nearest(int multiple, long maxPixels) {
    if (maxPixels < (long) multiple * multiple) {
      throw new IllegalArgumentException(
          "maxPixels is " + maxPixels + ", expected at least " + (long) multiple * multiple);
    }
    double scale = Math.min(1, Math.sqrt((double) maxPixels / ((double) width * height)));
    FrameSize size = nearest((int) (width * scale), (int) (height * scale), multiple);
    while (size.pixels() > maxPixels) {
      // Rounding went over the limit: shorten the side that loses less of its length.
      boolean narrow = size.width >= size.height;
      size =
          new FrameSize(
              narrow ? size.width - multiple : size.width,
              narrow ? size.height : size.height - multiple);
    }
    return size;
  }

  /**
   * Returns this size if both sides are multiples.
   *
   * @throws InvalidInputException if not; names the nearest size that is allowed
   */
  public FrameSize requireMultipleOf(int multiple) {
    if (!isMultipleOf(multiple)) {
      throw new InvalidInputException(
          "frame size is "
              + this
              + ", expected multiples of "
              + multiple
              + " such as "
              + nearest(multiple));
    }
    return this;
  }

  /** Returns width times height. */
  public long pixels() {
    return (long) width * height;
  }

  @Override
  public String toString() {
    return width + "x" + height;
  }

  private static FrameSize nearest(int width, int height, int multiple) {
    return new FrameSize(nearest(width, multiple), nearest(height, multiple));
  }

  private static int nearest(int side, int multiple) {
    return Math.max(1, (side + multiple / 2) / multiple) * multiple;
  }
}
