package io.freemask.video;

import io.freemask.InvalidInputException;
import java.util.OptionalInt;

/**
 * Which frames of a clip to read: start, start + stride, start + 2 stride and so on.
 *
 * @param start the first frame, starting with 0
 * @param count how many frames to read, empty for all to the end
 * @param stride the distance between two frames, at least 1
 */
public record FrameRange(int start, OptionalInt count, int stride) {

  /** Every frame. */
  public static final FrameRange ALL = new FrameRange(0, OptionalInt.empty(), 1);

  /** Checks the range. */
  public FrameRange {
    if (start < 0) {
      throw new InvalidInputException("start frame is " + start + ", expected at least 0");
    }
    if (count.isPresent() && count.getAsInt() < 1) {
      throw new InvalidInputException(
          "number of frames is " + count.getAsInt() + ", expected at least 1");
    }
    if (stride < 1) {
      throw new InvalidInputException("stride is " + stride + ", expected at least 1");
    }
  }

  /** Returns a range of a known number of frames. */
  public static FrameRange of(int start, int count, int stride) {
    return new FrameRange(start, OptionalInt.of(count), stride);
  }

  boolean contains(long frame) {
    return frame >= start && (frame - start) % stride == 0;
  }

  boolean isComplete(int read) {
    return count.isPresent() && read >= count.getAsInt();
  }
}
