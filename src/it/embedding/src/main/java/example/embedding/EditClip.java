package example.embedding;

import io.freemask.video.Clip;
import io.freemask.video.FrameRate;
import io.freemask.video.FrameSink;
import io.freemask.video.FrameSize;
import io.freemask.video.FrameSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Edits a clip with freemask as a library, from the class path or from the module path. */
public final class EditClip {

  private static final int FRAMES = 8;
  private static final int SIDE = 128;

  private EditClip() {}

  /**
   * Runs.
   *
   * @param args where freemask has to come from, class-path or module-path, and a folder to work in
   */
  public static void main(String[] args) throws IOException {
    boolean named = args[0].equals("module-path");
    check(FrameSource.class.getModule().isNamed() == named, "freemask comes from the " + args[0]);
    check(EditClip.class.getModule().isNamed() == named, "the application is on the " + args[0]);

    Path folder = Files.createDirectories(Path.of(args[1], args[0]));
    Path input = folder.resolve("input.mp4");
    FrameSink.write(input, redDisc(), true);
    Clip read = FrameSource.open(input).read();
    check(read.frameCount() == FRAMES, "the input has " + read.frameCount() + " frames");
    check(read.size().width() == SIDE, "the input is " + read.size());
    System.out.println("wrote and read " + input + " on the " + args[0]);
  }

  /** A red disc that moves right on grass. */
  private static Clip redDisc() {
    List<byte[]> frames = new ArrayList<>();
    for (int f = 0; f < FRAMES; f++) {
      byte[] rgb = new byte[SIDE * SIDE * 3];
      for (int y = 0; y < SIDE; y++) {
        for (int x = 0; x < SIDE; x++) {
          boolean inside = Math.hypot(x - 40 - 4 * f, y - 64) < 28;
          int at = (y * SIDE + x) * 3;
          rgb[at] = (byte) (inside ? 220 : 70);
          rgb[at + 1] = (byte) (inside ? 40 : 150);
          rgb[at + 2] = (byte) (inside ? 40 : 60);
        }
      }
      frames.add(rgb);
    }
    return new Clip(new FrameSize(SIDE, SIDE), FrameRate.of(8), frames);
  }

  private static void check(boolean holds, String what) {
    if (!holds) {
      throw new IllegalStateException("not as expected: " + what);
    }
  }
}
