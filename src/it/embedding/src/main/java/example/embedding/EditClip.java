package example.embedding;

import io.freemask.EditRequest;
import io.freemask.EditResult;
import io.freemask.VideoEditor;
import io.freemask.edit.Preset;
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

  private static final int FRAMES = 2;
  private static final int SIDE = 128;
  private static final int RADIUS = 28;
  // Few, to be quick; the colour turns already.
  private static final int STEPS = 4;

  private EditClip() {}

  /**
   * Runs.
   *
   * @param args where freemask has to come from, class-path or module-path, and a folder to work in
   */
  public static void main(String[] args) throws IOException {
    boolean named = args[0].equals("module-path");
    check(VideoEditor.class.getModule().isNamed() == named, "freemask is on the " + args[0]);
    check(EditClip.class.getModule().isNamed() == named, "the application is on the " + args[0]);

    Path folder = Files.createDirectories(Path.of(args[1], args[0]));
    Path input = folder.resolve("input.mp4");
    Path output = folder.resolve("output.mp4");
    Path report = folder.resolve("report.html");
    FrameSink.write(input, redDisc(), true);

    EditResult result;
    try (VideoEditor editor = VideoEditor.openBuiltIn()) {
      result =
          editor.edit(
              EditRequest.builder()
                  .input(input)
                  .source("a red circle moving right on grass")
                  .target("a blue circle moving right on grass")
                  .words("red=blue")
                  .preset(Preset.ATTRIBUTE)
                  .steps(STEPS)
                  .output(output)
                  .reportOut(report)
                  .overwrite(true)
                  .build());
    }

    Clip before = FrameSource.open(input).read();
    Clip after = FrameSource.open(output).read();
    check(after.size().equals(before.size()), "the size is kept: " + after.size());
    check(after.frameCount() == before.frameCount(), "the frames are kept: " + after.frameCount());
    double was = blueOverRed(before);
    double is = blueOverRed(after);
    System.out.printf(
        "%s: blue over red in the disc from %.0f to %.0f, %s%n",
        args[0], was, is, result.figures());
    String page = Files.readString(report);
    check(page.endsWith("</html>") && page.contains("Chart.js"), "the report is whole");
    check(is > was + 60, "the red disc turned blue");
  }

  /** A red disc that moves right on grass. */
  private static Clip redDisc() {
    List<byte[]> frames = new ArrayList<>();
    for (int f = 0; f < FRAMES; f++) {
      byte[] rgb = new byte[SIDE * SIDE * 3];
      for (int y = 0; y < SIDE; y++) {
        for (int x = 0; x < SIDE; x++) {
          boolean inside = Math.hypot(x - center(f), y - SIDE / 2) < RADIUS;
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

  private static int center(int frame) {
    return 60 + 4 * frame;
  }

  /** The mean of blue minus red, 8-bit, over the middle of the disc. */
  private static double blueOverRed(Clip clip) {
    long sum = 0;
    long pixels = 0;
    for (int f = 0; f < clip.frameCount(); f++) {
      byte[] rgb = clip.frames().get(f);
      for (int y = SIDE / 2 - RADIUS / 2; y < SIDE / 2 + RADIUS / 2; y++) {
        for (int x = center(f) - RADIUS / 2; x < center(f) + RADIUS / 2; x++) {
          int at = (y * SIDE + x) * 3;
          sum += (rgb[at + 2] & 0xff) - (rgb[at] & 0xff);
          pixels++;
        }
      }
    }
    return (double) sum / pixels;
  }

  private static void check(boolean holds, String what) {
    if (!holds) {
      throw new IllegalStateException("expected that " + what);
    }
  }
}
