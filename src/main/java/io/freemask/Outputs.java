package io.freemask;

import io.freemask.mask.Mask;
import io.freemask.video.Clip;
import io.freemask.video.FrameRate;
import io.freemask.video.FrameSink;
import io.freemask.video.FrameSize;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The files of a run: all are written under temporary names before the first gets its own. */
final class Outputs {

  private final boolean overwrite;
  private final RunClock clock;
  private final Map<Path, Clip> clips = new LinkedHashMap<>();

  Outputs(boolean overwrite, RunClock clock) {
    this.overwrite = overwrite;
    this.clock = clock;
  }

  /** Adds a clip, unless there is no path for it. */
  void add(@Nullable Path path, Clip clip) {
    if (path != null) {
      clips.put(path, clip);
    }
  }

  /** Writes everything that was added; returns what was written. */
  List<Path> write() {
    if (clips.isEmpty()) {
      return List.of();
    }
    List<FrameSink> sinks = new ArrayList<>();
    clock.report(Progress.Phase.WRITING, 0, clips.size());
    try {
      for (Map.Entry<Path, Clip> entry : clips.entrySet()) {
        Clip clip = entry.getValue();
        FrameSink sink = FrameSink.open(entry.getKey(), clip.size(), clip.frameRate(), overwrite);
        sinks.add(sink);
        clip.frames().forEach(sink::write);
        clock.report(Progress.Phase.WRITING, sinks.size(), clips.size());
      }
      sinks.forEach(FrameSink::finish);
      return List.copyOf(clips.keySet());
    } finally {
      sinks.forEach(FrameSink::close);
    }
  }

  /** Returns a mask as a clip of the given size, white on the object. */
  static Clip clipOf(Mask mask, FrameSize size, FrameRate rate) {
    Mask large = mask.resize(size.height(), size.width());
    List<byte[]> frames = new ArrayList<>();
    for (int f = 0; f < large.frames(); f++) {
      byte[] frame = new byte[Math.toIntExact(size.pixels() * 3)];
      for (int y = 0; y < size.height(); y++) {
        for (int x = 0; x < size.width(); x++) {
          byte level = (byte) Math.round(large.at(f, y, x) * 255);
          for (int c = 0; c < 3; c++) {
            frame[3 * (y * size.width() + x) + c] = level;
          }
        }
      }
      frames.add(frame);
    }
    return new Clip(size, rate, frames);
  }
}
