package io.freemask.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.freemask.eval.clip.ClipMetrics;
import io.freemask.model.ClipModel;
import io.freemask.tensor.Context;
import io.freemask.tensor.DType;
import io.freemask.tensor.Device;
import io.freemask.video.FrameSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvaluateIT {

  private static final Path CLIP = GoldenTensors.path("clip");
  private static final String SOURCE = "a red car is moving";
  private static final String TARGET = "a blue cat";

  @TempDir private Path folder;

  @Test
  void clipFiguresAreThoseOfTheLibrary() throws IOException {
    Path clip = SmallClip.write(folder.resolve("clip"), 32, 3);
    Path json = folder.resolve("figures.json");
    CommandRun run = evaluate(clip, CLIP, "--json", json.toString());
    assertThat(run.code()).as(run.err()).isZero();
    ClipMetrics expected;
    try (Context context = Context.open(Device.CPU, 0, 0);
        ClipModel model = ClipModel.load(CLIP, context, DType.F32)) {
      expected = ClipMetrics.of(model, FrameSource.open(clip).read(), SOURCE, TARGET);
    }
    JsonNode figures = JsonMapper.builder().build().readTree(json.toFile()).get("figures");
    assertThat(figures.get("tem_con").get("value").asDouble())
        .isCloseTo(expected.temporalConsistency().orElseThrow(), within(1e-6));
    assertThat(figures.get("fram_acc").get("value").asDouble()).isEqualTo(expected.frameAccuracy());
    assertThat(figures.get("clip_t").get("value").asDouble())
        .isCloseTo(expected.textAlignment(), within(1e-6));
    assertThat(run.out()).containsPattern("CLIP-T, target prompt +-?\\d\\.\\d{4}\n");
  }

  @Test
  void oneFrameHasNoTemporalConsistency() {
    Path clip = SmallClip.write(folder.resolve("one"), 32, 1);
    CommandRun run = evaluate(clip, CLIP);
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.out())
        .containsPattern("Tem-Con, by CLIP +not measured: needs at least 2 frames\n")
        .containsPattern("Fram-Acc, by CLIP +[01]\\.0000\n");
  }

  @Test
  void damagedClipModelIsRefused() throws IOException {
    Path clip = SmallClip.write(folder.resolve("clip"), 32, 2);
    Path broken = Files.createDirectory(folder.resolve("broken"));
    Files.writeString(broken.resolve("config.json"), "{");
    CommandRun run = evaluate(clip, broken);
    assertThat(run.code()).isEqualTo(ExitCode.BAD_INPUT);
    assertThat(run.errLines()).hasSize(1);
    assertThat(run.err()).contains("config.json");
    assertThat(run.out()).isEmpty();
  }

  private static CommandRun evaluate(Path clip, Path model, String... more) {
    String[] arguments = {
      "evaluate",
      "--source",
      clip.toString(),
      "--edited",
      clip.toString(),
      "--clip",
      model.toString(),
      "--source-prompt",
      SOURCE,
      "--target-prompt",
      TARGET
    };
    return CommandRun.of(
        Stream.concat(Arrays.stream(arguments), Arrays.stream(more)).toArray(String[]::new));
  }
}
