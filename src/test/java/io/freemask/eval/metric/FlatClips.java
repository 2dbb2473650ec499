package io.freemask.eval.metric;

import io.freemask.video.Clip;
import io.freemask.video.FrameRate;
import io.freemask.video.FrameSize;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Clips whose frames have one level each. */
final class FlatClips {

  private FlatClips() {}

  static Clip of(int width, int height, int... levels) {
    List<byte[]> frames = new ArrayList<>();
    for (int level : levels) {
      byte[] frame = new byte[3 * width * height];
      Arrays.fill(frame, (byte) level);
      frames.add(frame);
    }
    return new Clip(new FrameSize(width, height), FrameRate.of(8), frames);
  }
}
