package io.freemask.eval.metric;

import io.freemask.video.Clip;
import java.util.List;

/**
 * How much a clip changes from frame to frame, against its source: the mean absolute difference of
 * consecutive frames over all pixels and channels. It stays finite where nothing moves, which a
 * PSNR of consecutive frames does not.
 *
 * @param source the source's own change, in 8-bit levels
 * @param edited the edited clip's, in 8-bit levels
 */
public record FrameConsistency(double source, double edited) {

  /**
   * Measures both clips.
   *
   * @throws IllegalArgumentException if sizes or frame counts differ, or there is one frame only
   */
  public static FrameConsistency of(Clip source, Clip edited) {
    Region.of(source, edited, null, true);
    if (source.frameCount() < 2) {
      throw new IllegalArgumentException("clips have 1 frame, expected at least 2");
    }
    return new FrameConsistency(change(source), change(edited));
  }

  /**
   * Returns the edited clip's change minus the source's, in 8-bit levels: 0 if the edit is as
   * steady as its source, more if it flickers, less if motion was lost.
   */
  public double excess() {
    return edited - source;
  }

  private static double change(Clip clip) {
    List<byte[]> frames = clip.frames();
    long sum = 0;
    for (int f = 1; f < frames.size(); f++) {
      byte[] before = frames.get(f - 1);
      byte[] after = frames.get(f);
      for (int i = 0; i < after.length; i++) {
        sum += Math.abs((after[i] & 0xff) - (before[i] & 0xff));
      }
    }
    return (double) sum / ((frames.size() - 1L) * frames.get(0).length);
  }
}
