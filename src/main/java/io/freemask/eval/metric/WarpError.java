package io.freemask.eval.metric;

import io.freemask.NativeLibraryException;
import io.freemask.video.Clip;
import io.freemask.video.FrameSize;
import java.util.Optional;

/**
 * How well an edit moves as its source does (Lai et al.: Learning blind video temporal consistency,
 * ECCV 2018, whose warping error this is, with absolute differences): the optical flow of the
 * source from each frame to the next brings the edited clip's next frame back onto the frame, and
 * what differs is averaged.
 *
 * <p>The flow is OpenCV's dense inverse search, medium preset. A pixel counts unless it is
 * occluded: it leaves the frame, or the backward flow at its destination does not bring it back to
 * within 1 pixel. Pixels between others are interpolated bilinearly. The mean is over all counted
 * pixels, channels and pairs of frames together.
 *
 * @param source the source's own error in 8-bit levels: the floor that flow and interpolation leave
 * @param edited the edited clip's, in 8-bit levels
 * @param counted the share of pixels that counted, in (0,1]
 */
public record WarpError(double source, double edited, double counted) {

  /** The least width and height of frames: the flow needs room for its patches. */
  public static final int MIN_SIDE = 32;

  private static final double MAX_RETURN = 1;

  /**
   * Measures both clips.
   *
   * @return empty if every pixel is occluded
   * @throws IllegalArgumentException if sizes or frame counts differ, there is one frame only, or
   *     frames are smaller than {@link #MIN_SIDE}
   * @throws NativeLibraryException if OpenCV is missing
   */
  public static Optional<WarpError> of(Clip source, Clip edited) {
    Region.of(source, edited, null, true);
    FrameSize size = source.size();
    if (source.frameCount() < 2) {
      throw new IllegalArgumentException("clips have 1 frame, expected at least 2");
    }
    if (Math.min(size.width(), size.height()) < MIN_SIDE) {
      throw new IllegalArgumentException(
          "frames are " + size + ", expected at least " + MIN_SIDE + "x" + MIN_SIDE);
    }
    OpencvRuntime.require();
    double sourceSum = 0;
    double editedSum = 0;
    long count = 0;
    try (DisFlow flow = new DisFlow(size.height(), size.width())) {
      for (int f = 0; f + 1 < source.frameCount(); f++) {
        float[] forward = flow.between(source, f, f + 1);
        float[] backward = flow.between(source, f + 1, f);
        for (int y = 0; y < size.height(); y++) {
          for (int x = 0; x < size.width(); x++) {
            int i = y * size.width() + x;
            Sample there = Sample.at(x + forward[2 * i], y + forward[2 * i + 1], size);
            if (there == null
                || Math.hypot(
                        forward[2 * i] + there.of(backward, 2, 0),
                        forward[2 * i + 1] + there.of(backward, 2, 1))
                    > MAX_RETURN) {
              continue;
            }
            sourceSum += difference(source, f, i, there);
            editedSum += difference(edited, f, i, there);
            count += 3;
          }
        }
      }
    }
    long all = 3 * size.pixels() * (source.frameCount() - 1);
    return count == 0
        ? Optional.empty()
        : Optional.of(new WarpError(sourceSum / count, editedSum / count, (double) count / all));
  }

  /** Returns how much larger the edited clip's error is than the source's, in 8-bit levels. */
  public double excess() {
    return edited - source;
  }

  private static double difference(Clip clip, int frame, int pixel, Sample there) {
    byte[] now = clip.frames().get(frame);
    byte[] next = clip.frames().get(frame + 1);
    double sum = 0;
    for (int c = 0; c < 3; c++) {
      sum += Math.abs(there.of(next, c) - (now[3 * pixel + c] & 0xff));
    }
    return sum;
  }
}
