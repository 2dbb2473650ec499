package io.freemask.cli;

import io.freemask.video.Clip;
import io.freemask.video.FrameRate;
import io.freemask.video.FrameSink;
import io.freemask.video.FrameSize;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A red disc that moves right on green. */
final class SmallClip {

  private SmallClip() {}

  /** Writes the clip in the format that the name asks for. */
  static Path write(Path target, int side, int frames) {
    List<byte[]> all = new ArrayList<>();
    for (int f = 0; f < frames; f++) {
      byte[] rgb = new byte[side * side * 3];
      for (int i = 0; i < side * side; i++) {
        boolean inside =
            Math.hypot(i % side - side / 3.0 - 2 * f, i / side - side / 2.0) < side / 5.0;
        rgb[3 * i] = (byte) (inside ? 220 : 70);
        rgb[3 * i + 1] = (byte) (inside ? 40 : 150);
        rgb[3 * i + 2] = (byte) (inside ? 40 : 60);
      }
      all.add(rgb);
    }
    FrameSink.write(target, new Clip(new FrameSize(side, side), FrameRate.of(8), all), true);
    return target;
  }
}
