package io.freemask.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.freemask.edit.AttentionLayout;
import io.freemask.model.AttentionLayer;
import io.freemask.model.ModelDirectory;
import io.freemask.report.html.Chromium;
import io.freemask.video.Clip;
import io.freemask.video.FrameRate;
import io.freemask.video.FrameSink;
import io.freemask.video.FrameSize;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The pages that the command line writes, as a browser shows them. */
class ReportIT {

  private static final int FRAMES = 3;
  private static final int SIDE = 32;

  @TempDir private Path folder;

  private static void assertSound(JsonNode page) {
    assertThat(page.get("heard")).as("errors and warnings").isEmpty();
    assertThat(page.get("broken")).as("pictures that do not load").isEmpty();
    assertThat(page.get("elsewhere")).as("loaded from elsewhere").isEmpty();
    assertThat(page.get("unmarked").asInt()).as("charts without marks").isZero();
    assertThat(page.get("overflow").asInt()).as("pixels beyond the window").isZero();
  }

  private String path(String name) {
    return folder.resolve(name).toString();
  }

  @Test
  void theBrowserTellsWhatIsWrongWithAPage() throws Exception {
    Path file = folder.resolve("wrong.html");
    Files.writeString(
        file,
        """
        <!DOCTYPE html><html><head>
        <meta http-equiv="Content-Security-Policy" content="default-src 'none';\
         script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:">
        </head><body><main style="width: 3000px">
        <img alt="broken" src="data:image/png;base64,AAAA"><img src="elsewhere.png">
        <canvas></canvas><script>missing();</script></main></body></html>
        """);
    JsonNode page = Chromium.inspect(file, 1000, folder);
    assertThat(page.get("heard").toString())
        .contains("missing is not defined", "refused: file", "failed: ", "elsewhere.png");
    assertThat(page.get("broken")).hasSize(2);
    assertThat(page.get("unmarked").asInt()).isEqualTo(1);
    assertThat(page.get("overflow").asInt()).isGreaterThan(1500);
  }

  @Test
  void theReportOfAnEditShowsItWhole() throws Exception {
    Path clip = SmallClip.write(folder.resolve("clip"), SIDE, FRAMES);
    CommandRun run =
        CommandRun.of(
            "edit",
            "--input",
            clip.toString(),
            "--source",
            "a red circle <b>moving</b> right",
            "--target",
            "a blue circle <b>moving</b> right",
            "--words",
            "circle",
            "--preset",
            "shape",
            "--cross",
            "0:1",
            "--steps",
            "3",
            "--output",
            path("out"),
            "--report",
            path("out.html"));
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.out()).contains("wrote " + path("out.html"));
    Path report = folder.resolve("out.html");
    assertThat(Files.readString(report)).doesNotContain("<b>moving");

    for (int width : new int[] {1300, 500}) {
      JsonNode page = Chromium.inspect(report, width, folder);
      assertSound(page);
      assertThat(page.get("title").asText())
          .isEqualTo(
              "Edit: a red circle <b>moving</b> right \u2192 a blue circle <b>moving</b> right");
      assertThat(page.get("headings"))
          .extracting(JsonNode::asText)
          .containsExactly("Summary", "Frames", "Masks", "Plan", "Time and memory", "Run record");
      assertThat(page.get("text").asText())
          .contains("a red circle <b>moving</b> right", "\"mode\" : \"qk\"", "Most in tensors");
      // Source and edited, to be played.
      assertThat(page.at("/grids/0/cells").asInt()).isEqualTo(2);
      assertThat(page.at("/chosen/name").asText()).isEqualTo("frame " + (FRAMES - 1));
      assertThat(page.at("/chosen/view").asInt()).isEqualTo(FRAMES - 1);
      assertThat(page.at("/chosen/plays").asInt()).isEqualTo(1);
      // Source, edited, difference.
      assertThat(page.at("/grids/1/rows").asInt()).isEqualTo(3);
      assertThat(page.at("/grids/1/columns").asInt()).isEqualTo(FRAMES);
      // Cross follows the three steps, and shares its first with self; temporal has one mask.
      assertThat(page.at("/grids/2/rows").asInt()).isGreaterThanOrEqualTo(4);
      assertThat(page.get("images").asInt())
          .isEqualTo(2 + FRAMES * (3 + page.at("/grids/2/rows").asInt()));
      assertThat(page.get("charts").asInt()).isEqualTo(1);
    }
  }

  private CommandRun inspect(String... more) {
    List<String> args = new ArrayList<>(List.of("inspect", "--source", "a red circle on <grass>"));
    args.addAll(List.of(more));
    return CommandRun.of(args.toArray(String[]::new));
  }

  @Test
  void anInspectionShowsEveryLayerAndTimestep() throws Exception {
    Path clip = SmallClip.write(folder.resolve("clip"), SIDE, FRAMES);
    CommandRun run =
        inspect(
            "--input",
            clip.toString(),
            "--words",
            "circle",
            "<grass>",
            "--steps",
            "2",
            "--truth",
            truth().toString(),
            "--out",
            path("maps.html"));
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.out()).contains("wrote " + path("maps.html"));

    JsonNode page = Chromium.inspect(folder.resolve("maps.html"), 1300, folder);
    assertSound(page);
    assertThat(page.get("title").asText()).isEqualTo("Masks: a red circle on <grass>");
    assertThat(page.get("headings"))
        .extracting(JsonNode::asText)
        .containsExactly(
            "Summary", "Masks", "Word maps", "Cost on this clip", "Codebook", "Time and memory");
    // LMMC and TMMC of the clip and of the codebook, and the times of the run.
    assertThat(page.get("charts").asInt()).isEqualTo(5);
    assertThat(page.get("heat")).hasSize(2);
    assertThat(page.at("/heat/0/rows").asInt()).isEqualTo(crossLayers());
    assertThat(page.at("/heat/0/columns").asInt()).isEqualTo(2);
    assertThat(page.at("/heat/1/rows").asInt()).isEqualTo(crossLayers());
    // Cross and self follow both steps, temporal has one mask; then the maps of either object.
    int masks = page.at("/grids/0/rows").asInt();
    assertThat(page.at("/grids/0/columns").asInt()).isEqualTo(FRAMES);
    for (int object = 1; object <= 2; object++) {
      assertThat(page.at("/grids/" + object + "/rows").asInt()).isEqualTo(crossLayers());
      assertThat(page.at("/grids/" + object + "/columns").asInt()).isEqualTo(2);
      assertThat(page.at("/grids/" + object + "/cells").asInt()).isEqualTo(2 * crossLayers());
    }
    assertThat(page.get("images").asInt()).isEqualTo(FRAMES * masks + 2 * 2 * crossLayers());
    // The slider was drawn to its end: the mean, then each frame.
    assertThat(page.at("/chosen/name").asText()).isEqualTo("frame " + (FRAMES - 1));
    assertThat(page.at("/chosen/view").asInt()).isEqualTo(FRAMES);
  }

  /** The disc of {@link SmallClip}, white. */
  private Path truth() {
    List<byte[]> frames = new ArrayList<>();
    for (int f = 0; f < FRAMES; f++) {
      byte[] rgb = new byte[SIDE * SIDE * 3];
      for (int i = 0; i < SIDE * SIDE; i++) {
        double x = i % SIDE - SIDE / 3.0 - 2 * f;
        boolean inside = Math.hypot(x, i / SIDE - SIDE / 2.0) < SIDE / 5.0;
        Arrays.fill(rgb, 3 * i, 3 * i + 3, (byte) (inside ? 255 : 0));
      }
      frames.add(rgb);
    }
    Path target = folder.resolve("truth");
    FrameSink.write(target, new Clip(new FrameSize(SIDE, SIDE), FrameRate.of(8), frames), true);
    return target;
  }

  private static int crossLayers() {
    return (int)
        AttentionLayout.of(ModelDirectory.builtIn().unetConfig()).stream()
            .filter(layer -> layer.kind() == AttentionLayer.Kind.CROSS)
            .count();
  }

  @Test
  void whatCannotBeInspectedIsOneLine() {
    Path clip = SmallClip.write(folder.resolve("clip"), SIDE, FRAMES);
    Path two = SmallClip.write(folder.resolve("two"), SIDE, FRAMES - 1);
    String input = clip.toString();
    assertRefused(inspect("--input", input, "--out", path("r.html")), "no words");
    assertRefused(
        inspect("--input", input, "--words", "boat", "--out", path("r.html")), "boat", "circle");
    assertRefused(inspect("--input", input, "--words", "circle"), "--output is missing");
    assertRefused(
        inspect("--input", input, "--words", "circle", "--out", path("r.json")), "ends with .html");
    assertRefused(
        inspect(
            "--input",
            input,
            "--words",
            "circle",
            "--truth",
            two.toString(),
            "--out",
            path("r.html")),
        "has 2 frames",
        "3");
    assertThat(folder.resolve("r.html")).doesNotExist();
  }

  private static void assertRefused(CommandRun run, String... parts) {
    assertThat(run.code()).as(run.err()).isEqualTo(2);
    assertThat(run.errLines().getLast()).startsWith("freemask: ").contains(parts);
    assertThat(run.err()).doesNotContain("inversion", "Exception");
  }

  @Test
  void aReportThatCannotBeWrittenIsRefusedBeforeTheRun() throws Exception {
    Path clip = SmallClip.write(folder.resolve("clip"), SIDE, FRAMES);
    Files.writeString(folder.resolve("mine.html"), "mine");
    for (String report : new String[] {"mine.html", "report.pdf", "none/report.html"}) {
      CommandRun run =
          CommandRun.of(
              "edit",
              "--input",
              clip.toString(),
              "--source",
              "a red circle",
              "--target",
              "a blue circle",
              "--preset",
              "none",
              "--output",
              path("out"),
              "--report",
              path(report));
      assertThat(run.code()).as(run.err()).isEqualTo(2);
      assertThat(run.errLines().getLast()).contains(report);
      assertThat(run.err()).doesNotContain("inversion");
      assertThat(folder.resolve("out")).doesNotExist();
    }
    assertThat(folder.resolve("mine.html")).hasContent("mine");
  }
}
