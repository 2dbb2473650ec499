package io.freemask.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.freemask.CancellationToken;
import io.freemask.model.ModelDirectory;
import io.freemask.tensor.Context;
import io.freemask.video.Clip;
import io.freemask.video.FrameSize;
import io.freemask.video.FrameSource;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EditIT {

  private static final int FRAMES = 3;
  private static final int SIDE = 32;

  @TempDir private Path folder;
  private Path clip = Path.of("");

  @BeforeEach
  void writeClip() {
    clip = SmallClip.write(folder.resolve("clip"), SIDE, FRAMES);
  }

  @AfterEach
  void nothingIsLeft() throws IOException {
    assertThat(Context.liveHandles()).isZero();
    try (Stream<Path> files = Files.walk(folder)) {
      assertThat(files.map(p -> p.getFileName().toString()))
          .noneMatch(name -> name.contains("partial") || name.startsWith("."));
    }
  }

  private String path(String name) {
    return folder.resolve(name).toString();
  }

  private String[] arguments(String output, String... more) {
    List<String> args =
        new ArrayList<>(
            List.of(
                "edit",
                "--input",
                clip.toString(),
                "--source",
                "a red circle moving right",
                "--target",
                "a blue square moving right",
                "--words",
                "circle=square",
                "--steps",
                "3",
                "--output",
                path(output)));
    args.addAll(List.of(more));
    return args.toArray(String[]::new);
  }

  private CommandRun edit(String output, String... more) {
    return CommandRun.of(arguments(output, more));
  }

  private Clip read(String name) {
    return FrameSource.open(folder.resolve(name)).read();
  }

  private static void assertOk(CommandRun run) {
    assertThat(run.code()).as(run.err()).isZero();
  }

  private static void assertRefused(CommandRun run, String... parts) {
    assertThat(run.code()).as(run.err()).isEqualTo(2);
    assertThat(run.errLines().getLast()).startsWith("freemask: ").contains(parts);
    assertThat(run.err()).doesNotContain("Exception", "\tat ");
  }

  private void assertSame(String first, String second) {
    List<byte[]> a = read(first).frames();
    List<byte[]> b = read(second).frames();
    assertThat(b).hasSameSizeAs(a);
    for (int i = 0; i < a.size(); i++) {
      assertThat(b.get(i)).as("frame " + i).isEqualTo(a.get(i));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"out.mp4", "out.webm", "out.gif", "out"})
  void writesEveryFormat(String output) {
    CommandRun run = edit(output);
    assertOk(run);
    assertThat(run.out())
        .contains("wrote " + path(output), "PSNR against the reconstruction of the source");
    Clip result = read(output);
    assertThat(result.frameCount()).isEqualTo(FRAMES);
    assertThat(result.size()).isEqualTo(new FrameSize(SIDE, SIDE));
    assertThat(folder.resolve(output + ".json")).isRegularFile();
  }

  @Test
  void writesTheOtherOutputsAndTellsWhatItDid() {
    CommandRun run =
        edit(
            "out", "--side-by-side", path("side"), "--masks-out", path("masks"), "--frames", "0:2");
    assertOk(run);
    assertThat(read("side").size()).isEqualTo(new FrameSize(2 * SIDE, SIDE));
    assertThat(read("masks").frameCount()).isEqualTo(2);
    assertThat(run.err())
        .contains(
            "note: mapper replace", "note: masks by the codebook of shapeworld", "inversion: 3/3")
        .contains("denoising: 3/3", "took ", "memory: ");
    assertThat(edit("quiet", "--quiet").err()).isEmpty();
  }

  @Test
  void anExistingOutputIsRefusedUnlessOverwritten() throws IOException {
    Files.writeString(folder.resolve("out.mp4"), "mine");
    assertRefused(edit("out.mp4"), "out.mp4", "--overwrite");
    assertThat(folder.resolve("out.mp4")).hasContent("mine");
    assertOk(edit("out.mp4", "--overwrite"));
    assertThat(read("out.mp4").frameCount()).isEqualTo(FRAMES);
    // Its record is there now and protected likewise.
    Files.delete(folder.resolve("out.mp4"));
    assertRefused(edit("out.mp4"), "out.mp4.json", "--overwrite");
  }

  @Test
  void aRecordRepeatsTheRunBitForBit() throws IOException {
    assertOk(
        edit(
            "first",
            "--guidance",
            "3.7",
            "--latent-blend",
            "0:1",
            "--equalize",
            "blue=1.5",
            "--side-by-side",
            path("side")));
    CommandRun again =
        CommandRun.of("edit", "--repeat", path("first.json"), "--output", path("again"));
    assertOk(again);
    assertThat(again.err()).doesNotContain("the result will be another");
    assertSame("first", "again");
    JsonNode first = json("first.json");
    JsonNode second = json("again.json");
    assertThat(second.get("plan")).isEqualTo(first.get("plan"));
    assertThat(second.get("figures")).isEqualTo(first.get("figures"));
    assertThat(first.get("settings").get("model_hash").asText()).hasSize(64);
    assertThat(first.get("memory_bytes").get("peak_tensors").asLong()).isPositive();
  }

  @Test
  void theCommandLineWinsOverTheRecord() throws IOException {
    assertOk(edit("first"));
    assertOk(
        CommandRun.of(
            "edit",
            "--config",
            path("first.json"),
            "--output",
            path("other"),
            "--steps",
            "2",
            "--words",
            "red circle=blue square",
            "--preset",
            "attribute"));
    JsonNode plan = json("other.json").get("plan");
    assertThat(plan.get("steps").asInt()).isEqualTo(2);
    assertThat(plan.get("masks").get("blend").get("words").get(0).asText()).isEqualTo("red circle");
    assertRefused(
        CommandRun.of("generate", "--config", path("first.json"), "--output", path("x")),
        "record is of edit");
    assertRefused(CommandRun.of("edit", "--config", path("first.json")), "first", "--overwrite");
  }

  private JsonNode json(String name) throws IOException {
    return JsonMapper.builder().build().readTree(folder.resolve(name).toFile());
  }

  @Test
  void aGivenMaskTakesThePlaceOfDerivedOnes() throws IOException {
    SmallClip.write(folder.resolve("mask"), SIDE, FRAMES);
    assertOk(edit("out", "--mask", path("mask"), "--masks-out", path("masks")));
    assertThat(json("out.json").get("plan").has("masks")).isFalse();
    assertThat(read("masks").frameCount()).isEqualTo(FRAMES);
  }

  @Test
  void brokenClipsAreNamed() throws IOException {
    Path broken = folder.resolve("broken.mp4");
    Files.write(broken, new byte[1000]);
    CommandRun run =
        CommandRun.of(
            "edit",
            "--input",
            broken.toString(),
            "--source",
            "a",
            "--target",
            "b",
            "--preset",
            "none",
            "--output",
            path("out.mp4"));
    assertRefused(run, "broken.mp4");
    assertThat(folder.resolve("out.mp4")).doesNotExist();
  }

  @Test
  void framesThatTheClipDoesNotHaveAreRefused() {
    assertRefused(edit("out.mp4", "--frames", "9:20"), "frame");
    assertThat(folder.resolve("out.mp4")).doesNotExist();
  }

  @Test
  void brokenModelsAreNamed() throws IOException {
    Path model = folder.resolve("model");
    copy(ModelDirectory.builtIn().path(), model);
    Files.delete(model.resolve(ModelDirectory.CODEBOOK));
    Path weights = model.resolve("unet/diffusion_pytorch_model.safetensors");
    byte[] bytes = Files.readAllBytes(weights);
    Files.write(weights, Arrays.copyOf(bytes, bytes.length / 2));
    assertRefused(
        edit("out.mp4", "--model", model.toString()), "diffusion_pytorch_model.safetensors");
    Files.delete(weights);
    assertRefused(edit("out.mp4", "--model", model.toString()), "unet");
    Files.writeString(model.resolve("unet/config.json"), "{\"sample_size\": ");
    assertRefused(edit("out.mp4", "--model", model.toString()), "config.json");
    assertThat(folder.resolve("out.mp4")).doesNotExist();
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(from.relativize(file).toString()));
      }
    }
  }

  @Test
  void tooLittleMemoryIsRefusedBeforeTheFirstStep() {
    CommandRun run = edit("out.mp4", "--memory-limit", "1M");
    assertRefused(run, "out of memory", "GiB", "smaller size");
    assertThat(run.err()).doesNotContain("inversion");
    assertThat(folder.resolve("out.mp4")).doesNotExist();
  }

  @Test
  void cancelledWhileItInverts() {
    CancellationToken token = new CancellationToken();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    PrintStream cancelling =
        new PrintStream(err, true, StandardCharsets.UTF_8) {
          @Override
          public void println(String line) {
            super.println(line);
            if (line.startsWith("inversion: 1/")) {
              token.cancel();
            }
          }
        };
    int code =
        Main.run(
            arguments("out.mp4", "--side-by-side", path("side.mp4")),
            new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8),
            cancelling,
            token);
    assertThat(code).isEqualTo(130);
    assertThat(err.toString(StandardCharsets.UTF_8))
        .contains("cancelled")
        .doesNotContain("inversion: 2/3");
    assertThat(folder.resolve("out.mp4")).doesNotExist();
    assertThat(folder.resolve("out.mp4.json")).doesNotExist();
    assertThat(folder.resolve("side.mp4")).doesNotExist();
    assertThat(err.toString(StandardCharsets.UTF_8))
        .contains("goes on from the checkpoint '" + path("out.mp4.checkpoint") + "'");

    CommandRun again = edit("out.mp4");
    assertOk(again);
    assertThat(again.err())
        .contains("there is a checkpoint, '" + path("out.mp4.checkpoint") + "'")
        .contains("inversion: 2/3")
        .doesNotContain("inversion: 0/3");
    assertThat(folder.resolve("out.mp4.checkpoint")).doesNotExist();
    assertOk(edit("straight.mp4", "--checkpoint", "off"));
    assertSame("out.mp4", "straight.mp4");
  }

  @Test
  void interruptedBySignal() throws IOException, InterruptedException {
    String[] args = arguments("out.mp4", "--steps", "500");
    // The number of steps is given twice now: the first one goes.
    List<String> list = new ArrayList<>(List.of(args));
    int first = list.indexOf("--steps");
    list.remove(first + 1);
    list.remove(first);
    try (ChildProcess child = ChildProcess.start(folder, Map.of(), list.toArray(String[]::new))) {
      child.awaitErr("inversion: 25/500");
      child.interrupt();
      CommandRun run = child.await();
      assertThat(run.code()).as(run.err()).isEqualTo(130);
      assertThat(run.errLines().getLast()).startsWith("freemask: ").contains("cancelled");
      assertThat(run.err()).doesNotContain("denoising");
    }
    assertThat(folder.resolve("out.mp4")).doesNotExist();
    assertThat(folder.resolve("out.mp4.checkpoint")).isRegularFile();
  }

  @Test
  void generatesFromAPromptAndASeed() throws IOException {
    String[] standard = {
      "generate", "a red circle moving right", "--steps", "2", "--size", "32x32"
    };
    assertOk(CommandRun.of(with(standard, "--frames", "2", "--output", path("a"))));
    assertOk(CommandRun.of(with(standard, "--frames", "2", "--output", path("b"))));
    assertOk(CommandRun.of(with(standard, "--frames", "2", "--seed", "1", "--output", path("c"))));
    assertThat(read("a").frameCount()).isEqualTo(2);
    assertThat(read("a").size()).isEqualTo(new FrameSize(32, 32));
    assertSame("a", "b");
    assertThat(read("c").frames().get(0)).isNotEqualTo(read("a").frames().get(0));
    assertOk(CommandRun.of("generate", "--repeat", path("c.json"), "--output", path("d")));
    assertSame("c", "d");
    assertThat(json("c.json").get("generate").get("seed").asLong()).isEqualTo(1);
    assertRefused(
        CommandRun.of("edit", "--repeat", path("c.json"), "--output", path("x")),
        "record is of generate");
    assertRefused(CommandRun.of(with(standard, "--output", path("a"))), "--overwrite");
  }

  private static String[] with(String[] args, String... more) {
    return Stream.concat(Stream.of(args), Stream.of(more)).toArray(String[]::new);
  }
}
