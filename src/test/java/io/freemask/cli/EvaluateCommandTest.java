package io.freemask.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.freemask.CancellationToken;
import io.freemask.video.Clip;
import io.freemask.video.FrameRate;
import io.freemask.video.FrameSink;
import io.freemask.video.FrameSize;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvaluateCommandTest {

  private static final int SIDE = 40;

  @TempDir private Path folder;
  private Path source = Path.of("");
  private Path edited = Path.of("");
  private Path mask = Path.of("");
  private Path maskUsed = Path.of("");

  /** Levels of a frame: those of the object in columns from left to right, the rest elsewhere. */
  private record Picture(int background, int object, int left, int right) {}

  private Path write(String name, Picture... pictures) {
    List<byte[]> frames = new ArrayList<>();
    for (Picture picture : pictures) {
      byte[] frame = new byte[3 * SIDE * SIDE];
      for (int i = 0; i < frame.length; i++) {
        int column = i / 3 % SIDE;
        boolean object = column >= picture.left && column < picture.right;
        frame[i] = (byte) (object ? picture.object : picture.background);
      }
      frames.add(frame);
    }
    Path target = folder.resolve(name);
    FrameSink.write(target, new Clip(new FrameSize(SIDE, SIDE), FrameRate.of(8), frames), false);
    return target;
  }

  @BeforeEach
  void writeClips() {
    source = write("source", new Picture(50, 100, 0, 10), new Picture(50, 100, 0, 10));
    // The object changes by 40, in the second frame the rest by 5.
    edited = write("edited", new Picture(50, 140, 0, 10), new Picture(55, 140, 0, 10));
    mask = write("mask", new Picture(0, 255, 0, 10), new Picture(0, 255, 0, 10));
    maskUsed = write("used", new Picture(0, 255, 0, 20), new Picture(0, 255, 0, 20));
  }

  private CommandRun evaluate(String... more) {
    List<String> arguments = new ArrayList<>(List.of("evaluate", "--source", source.toString()));
    arguments.addAll(List.of("--edited", edited.toString()));
    arguments.addAll(List.of(more));
    return CommandRun.of(arguments.toArray(String[]::new));
  }

  private static double psnr(double meanSquare) {
    return 10 * Math.log10(255 * 255 / meanSquare);
  }

  @Test
  void measuresAllThatItHasTheInputsFor() throws IOException {
    Path json = folder.resolve("figures.json");
    CommandRun run =
        evaluate(
            "--ideal",
            edited.toString(),
            "--mask",
            mask.toString(),
            "--mask-used",
            maskUsed.toString(),
            "--json",
            json.toString());
    assertThat(run.code()).as(run.err()).isZero();
    JsonNode root = JsonMapper.builder().build().readTree(json.toFile());
    JsonNode figures = root.get("figures");
    assertThat(root.get("frames").asInt()).isEqualTo(2);
    assertThat(root.get("size").asText()).isEqualTo("40x40");
    // A quarter of the columns differs by 40; in the second frame the others by 5.
    assertValue(figures, "psnr", psnr(0.25 * 1600 + 0.75 * 25 / 2));
    assertValue(figures, "psnr_inside", psnr(1600));
    assertValue(figures, "psnr_outside", psnr(25 / 2.0));
    assertThat(figures.get("psnr_ideal").get("value").asText()).isEqualTo("equal");
    assertThat(figures.get("ssim_inside").get("value").asDouble())
        .isLessThan(figures.get("ssim_outside").get("value").asDouble());
    // 10 of 20 columns are right; of the background 20 of 30.
    assertValue(figures, "object_iou", 0.5);
    assertValue(figures, "miou", (0.5 + 2 / 3.0) / 2);
    // Nothing moves: what remains of the warp error is the second frame's 5 levels.
    assertValue(figures, "warp_error_source", 0);
    assertValue(figures, "warp_error", 0.75 * 5);
    assertValue(figures, "frame_change", 0.75 * 5);
    assertValue(figures, "frame_change_source", 0);
    assertThat(run.out())
        .containsPattern("PSNR edited and ideal +equal\n")
        .containsPattern("object IoU +0\\.5000\n")
        .containsPattern("PSNR edited and source, outside +37\\.16 dB\n")
        .endsWith("wrote " + json + "\n");
  }

  private static void assertValue(JsonNode figures, String key, double expected) {
    assertThat(figures.get(key).get("value").asDouble()).as(key).isCloseTo(expected, within(1e-6));
  }

  @Test
  void saysWhatTheRestNeeds() throws IOException {
    Path json = folder.resolve("figures.json");
    CommandRun run = evaluate("--json", json.toString());
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.out())
        .containsPattern("PSNR edited and source, inside +not measured: needs --mask\n")
        .containsPattern("SSIM edited and source, outside +not measured: needs --mask\n")
        .containsPattern("PSNR edited and ideal +not measured: needs --ideal\n")
        .containsPattern("MIoU +not measured: needs --mask and --mask-used\n")
        .containsPattern("Tem-Con, by CLIP +not measured: no CLIP directory \\(--clip\\)\n")
        .containsPattern("Fram-Acc, by CLIP +not measured: no CLIP directory \\(--clip\\)\n")
        .containsPattern("CLIP-T, target prompt +not measured: no CLIP directory");
    JsonNode figures = JsonMapper.builder().build().readTree(json.toFile()).get("figures");
    assertThat(figures.get("miou").has("value")).isFalse();
    assertThat(figures.get("miou").get("not_measured").asText())
        .isEqualTo("needs --mask and --mask-used");
  }

  @Test
  void theMarginAndTheIdealObjectAreNotOutside() {
    // Without a margin the outside holds 30 columns, with the ideal object's 10 to 40 none.
    Path moved = write("moved", new Picture(0, 255, 10, 40), new Picture(0, 255, 10, 40));
    CommandRun run =
        evaluate("--mask", mask.toString(), "--ideal-mask", moved.toString(), "--margin", "0");
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.out())
        .containsPattern("PSNR edited and source, outside +not measured: no such pixel\n");
  }

  @Test
  void oneFrameHasNoMotion() {
    source = write("one", new Picture(1, 2, 0, 5));
    edited = write("other", new Picture(1, 3, 0, 5));
    CommandRun run = evaluate();
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.out())
        .containsPattern("warp error +not measured: needs at least 2 frames\n")
        .containsPattern("change between frames +not measured: needs at least 2 frames\n");
  }

  @Test
  void clipsOfUnequalLengthOrSizeAreRefused() {
    Path one = write("one", new Picture(0, 255, 0, 5));
    assertRefused(
        evaluate("--mask", one.toString()),
        "--mask '" + one + "' has 1 frames of 40x40, expected 2 of 40x40 as --source");
    Path large = SmallClip.write(folder.resolve("large"), 48, 2);
    assertRefused(
        evaluate("--ideal", large.toString()),
        "--ideal '" + large + "' has 2 frames of 48x48, expected 2 of 40x40 as --source");
    edited = large;
    assertRefused(evaluate(), "--edited '" + large + "' has 2 frames of 48x48");
  }

  @Test
  void wrongInputsAreRefused() throws IOException {
    Path none = write("none", new Picture(0, 0, 0, 1), new Picture(0, 0, 0, 1));
    assertRefused(
        evaluate("--mask", none.toString()),
        "--mask '" + none + "' marks nothing, expected white on the object");
    assertRefused(evaluate("--ideal-mask", mask.toString()), "--ideal-mask needs --mask");
    assertRefused(
        evaluate("--clip", folder.toString(), "--source-prompt", "a bear"),
        "--clip needs --source-prompt and --target-prompt");
    assertRefused(evaluate("--margin", "-1"), "--margin is -1, expected at least 0");
    Path missing = folder.resolve("missing.mp4");
    assertRefused(evaluate("--mask-used", missing.toString()), "missing.mp4");
    Path broken = Files.writeString(folder.resolve("broken.mp4"), "no clip");
    assertRefused(evaluate("--ideal", broken.toString()), "broken.mp4");
    Path there = Files.writeString(folder.resolve("there.json"), "{}");
    assertRefused(evaluate("--json", there.toString()), "exists and is not to be overwritten");
    assertThat(there).hasContent("{}");
    assertThat(evaluate("--json", there.toString(), "--overwrite").code()).isZero();
    assertThat(there).content().contains("frame_change");
    assertRefused(
        evaluate("--json", folder.resolve("no/figures.json").toString()), "does not exist");
    assertRefused(evaluate("--json", source.toString()), "ends with .json");
    CommandRun lacking = CommandRun.of("evaluate", "--source", source.toString());
    assertThat(lacking.code()).isEqualTo(ExitCode.BAD_INPUT);
    assertThat(lacking.err()).contains("--edited");
  }

  private void assertRefused(CommandRun run, String message) {
    assertThat(run.code()).as(run.err()).isEqualTo(ExitCode.BAD_INPUT);
    assertThat(run.errLines()).as(run.err()).hasSize(1);
    assertThat(run.err()).contains(message);
    assertThat(run.out()).isEmpty();
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.filter(file -> file.toString().contains("partial"))).isEmpty();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void canBeCancelled() {
    CancellationToken token = new CancellationToken();
    token.cancel();
    CommandRun run =
        CommandRun.of(
            token, "evaluate", "--source", source.toString(), "--edited", edited.toString());
    assertThat(run.code()).isEqualTo(ExitCode.CANCELLED);
    assertThat(run.out()).isEmpty();
  }
}
