package io.freemask.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import io.freemask.CancellationToken;
import io.freemask.tensor.Context;
import io.freemask.tensor.Shape;
import io.freemask.weights.SafetensorsFile;
import io.freemask.weights.SafetensorsWriter;
import io.freemask.weights.TensorData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ComponentIT {

  @TempDir private Path folder;

  @AfterEach
  void nothingIsLeft() throws IOException {
    assertThat(Context.liveHandles()).isZero();
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.map(p -> p.getFileName().toString()))
          .noneMatch(name -> name.contains("partial"));
    }
  }

  private Path output() {
    return folder.resolve("out.safetensors");
  }

  private CommandRun component(String part, Path in, String... more) {
    return component(new CancellationToken(), part, in, more);
  }

  private CommandRun component(CancellationToken token, String part, Path in, String... more) {
    List<String> args =
        new ArrayList<>(
            List.of(
                "component",
                part,
                "--model",
                GoldenTensors.MODEL,
                "--in",
                in.toString(),
                "--out",
                output().toString()));
    args.addAll(List.of(more));
    return CommandRun.of(token, args.toArray(String[]::new));
  }

  private static void assertOk(CommandRun run) {
    assertThat(run.code()).as(run.err()).isZero();
  }

  private static Path tiny(String name) {
    return GoldenTensors.path("tiny/" + name + ".safetensors");
  }

  @Test
  void unet() {
    assertOk(component("unet", tiny("unet")));
    GoldenTensors.assertMatches(output(), tiny("unet"), "out|act\\..*", GoldenTensors.FORWARD);
  }

  @Test
  void unetDeep() {
    assertOk(component("unet", tiny("unet"), "--deep"));
    GoldenTensors.assertMatches(output(), tiny("unet_deep"), ".*", GoldenTensors.FORWARD);
  }

  @Test
  void unetGuided() {
    assertOk(component("unet", tiny("unet_cfg")));
    GoldenTensors.assertMatches(
        output(), tiny("unet_cfg"), "out_.*|guided_7\\.5", GoldenTensors.FORWARD);
  }

  @Test
  void unetAttentionWithTheTokensOfTheMetadata() {
    assertOk(component("unet", tiny("attn"), "--attention"));
    GoldenTensors.assertMatches(
        output(), tiny("attn"), "out|.*\\.mean_heads|.*\\.map\\..*", GoldenTensors.FORWARD);
  }

  @Test
  void unetAttentionOfWordsAndOfTokens() {
    assertOk(
        component(
            "unet",
            tiny("attn"),
            "--attention",
            "--prompt",
            "a bear is walking",
            "--words",
            "bear,walking"));
    GoldenTensors.assertMatches(output(), tiny("attn"), ".*\\.map\\..*", GoldenTensors.FORWARD);
    assertOk(
        component(
            "unet",
            tiny("attn"),
            "--attention",
            "--tokens",
            "bear=2",
            "--tokens=walking=4",
            "--overwrite"));
    GoldenTensors.assertMatches(output(), tiny("attn"), ".*\\.map\\..*", GoldenTensors.FORWARD);
  }

  @Test
  void unetBatchOfTwoEqualsEachByItself() {
    Path two = folder.resolve("two.safetensors");
    float[] first;
    try (SafetensorsFile in = SafetensorsFile.open(tiny("unet"));
        SafetensorsFile other = SafetensorsFile.open(tiny("unet_cfg"))) {
      first = in.floats("out");
      Map<String, TensorData> tensors = new LinkedHashMap<>();
      tensors.put(
          "sample", twice(in.info("sample").shape(), in.floats("sample"), in.floats("sample")));
      tensors.put(
          "encoder_hidden_states",
          twice(
              in.info("encoder_hidden_states").shape(),
              in.floats("encoder_hidden_states"),
              other.floats("emb_text")));
      tensors.put("timestep", TensorData.floats(Shape.of(), (float) in.longs("timestep")[0]));
      SafetensorsWriter.write(two, tensors, Map.of());
    }
    assertOk(component("unet", two));
    try (SafetensorsFile out = SafetensorsFile.open(output())) {
      assertThat(out.info("out").shape()).isEqualTo(Shape.of(2, 4, 4, 8, 8));
      float[] both = out.floats("out");
      for (int i = 0; i < first.length; i++) {
        assertThat(both[i]).isCloseTo(first[i], offset(1e-5f));
      }
      assertThat(both[first.length]).isNotEqualTo(both[0]);
    }
  }

  private static TensorData twice(Shape one, float[] first, float[] second) {
    long[] sizes = one.toArray();
    sizes[0] = 2;
    float[] all = new float[first.length * 2];
    System.arraycopy(first, 0, all, 0, first.length);
    System.arraycopy(second, 0, all, first.length, second.length);
    return TensorData.floats(Shape.of(sizes), all);
  }

  @Test
  void text() {
    assertOk(component("text", tiny("tokens_text")));
    GoldenTensors.assertMatches(output(), tiny("tokens_text"), ".*", GoldenTensors.FORWARD);
  }

  @Test
  void textOfPrompts() {
    CommandRun run =
        CommandRun.of(
            "component",
            "text",
            "--model",
            GoldenTensors.MODEL,
            "--prompt",
            "a bear is walking",
            "--prompt",
            "a tiger is walking in the snow",
            "--prompt",
            "",
            "--prompt",
            "A man's dog doesn't run; 東京 café 🐻 24fps!",
            "--out",
            output().toString());
    assertOk(run);
    GoldenTensors.assertMatches(output(), tiny("tokens_text"), ".*", GoldenTensors.FORWARD);
  }

  @Test
  void vaeEncode() {
    assertOk(component("vae-encode", tiny("vae")));
    GoldenTensors.assertMatches(
        output(), tiny("vae"), "mean|logvar|std|sample|latents_scaled_mode", GoldenTensors.FORWARD);
  }

  @Test
  void vaeDecode() {
    assertOk(component("vae-decode", tiny("vae")));
    GoldenTensors.assertMatches(output(), tiny("vae"), "decoded", GoldenTensors.FORWARD);
    // One level is what rounding makes of the difference.
    GoldenTensors.assertMatches(output(), tiny("vae"), "decoded_uint8_round", 1 / 255.0);
  }

  @Test
  void ddimByItself() {
    assertOk(component("ddim", tiny("ddim_synth")));
    GoldenTensors.assertMatches(
        output(),
        tiny("ddim_synth"),
        "betas|.*alpha.*|(ddim|inv)\\d+\\.(timesteps|seq|x0)",
        GoldenTensors.CHAIN);
  }

  @Test
  void ddimWithTheUNet() {
    assertOk(component("ddim", tiny("ddim_unet")));
    GoldenTensors.assertMatches(
        output(), tiny("ddim_unet"), "n\\d+\\.(inversion|reconstruction)", GoldenTensors.CHAIN);
    GoldenTensors.assertMatches(
        output(), tiny("ddim_unet"), "n\\d+\\.edit_cfg7\\.5", GoldenTensors.GUIDED);
  }

  @ParameterizedTest
  @ValueSource(strings = {"edit-shape", "edit-derived"})
  void edit(String name) {
    assertOk(
        component(
            "edit",
            GoldenTensors.path(name + "/in.safetensors"),
            "--plan",
            GoldenTensors.path(name + "/plan.json").toString()));
    Path reference = GoldenTensors.path(name + "/out.safetensors");
    GoldenTensors.assertMatches(output(), reference, "inverted", GoldenTensors.CHAIN);
    GoldenTensors.assertMatches(output(), reference, "edited", GoldenTensors.GUIDED);
  }

  @Test
  void existingOutputIsRefused() throws IOException {
    Files.writeString(output(), "mine");
    CommandRun run = component("vae-decode", tiny("vae"));
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).contains("out.safetensors").contains("--overwrite");
    assertThat(output()).hasContent("mine");
    assertOk(component("vae-decode", tiny("vae"), "--overwrite"));
    GoldenTensors.assertMatches(output(), tiny("vae"), "decoded", GoldenTensors.FORWARD);
  }

  @Test
  void cancelledBeforeItBegins() {
    CancellationToken token = new CancellationToken();
    token.cancel();
    CommandRun run = component(token, "ddim", tiny("ddim_unet"));
    assertThat(run.code()).as(run.err()).isEqualTo(130);
    assertThat(run.errLines()).hasSize(1);
    assertThat(output()).doesNotExist();
  }

  @Test
  void missingTensorIsNamed() {
    assertRefused("unet", Map.of("sample", zeros(1, 4, 2, 8, 8)), "missing tensor 'timestep'");
    assertRefused("text", Map.of(), "missing tensor 'input_ids'");
    assertRefused("vae-encode", Map.of(), "missing tensor 'pixels'");
    assertRefused("vae-decode", Map.of(), "missing tensor 'latents_scaled_mode'");
  }

  @Test
  void extraTensorIsNamed() {
    assertRefused(
        "vae-decode",
        Map.of("latents_scaled_mode", zeros(1, 4, 8, 8), "bogus", zeros(1)),
        "unexpected tensor 'bogus'");
    assertRefused("ddim", Map.of("ddim10.foo", zeros(1)), "unexpected tensor 'ddim10.foo'");
  }

  @Test
  void wrongShapeIsNamed() {
    assertRefused(
        "vae-decode",
        Map.of("latents_scaled_mode", zeros(4, 8, 8)),
        "latents_scaled_mode has the shape [4,8,8], expected 4 dimensions");
    assertRefused(
        "ddim",
        Map.of("ddim10.x", zeros(1, 4, 2, 8, 8), "ddim10.eps", zeros(9, 1, 4, 2, 8, 8)),
        "ddim10.eps has the shape [9,1,4,2,8,8], expected [10,1,4,2,8,8]");
    assertRefused(
        "unet",
        Map.of(
            "sample", zeros(2, 4, 1, 8, 8),
            "timestep", zeros(1),
            "encoder_hidden_states", zeros(1, 77, 32)),
        "encoder_hidden_states has the shape [1,77,32], expected 2 items");
    assertRefused(
        "unet",
        Map.of(
            "sample", zeros(1, 4, 1, 8, 8),
            "timestep", zeros(3),
            "encoder_hidden_states", zeros(1, 77, 32)),
        "timestep has the shape [3], expected one element");
  }

  @Test
  void wrongTypeIsNamed() {
    assertRefused(
        "text", Map.of("input_ids", zeros(1, 77)), "input_ids' is F32, expected integers");
  }

  @Test
  void brokenFilesAreNamed() throws IOException {
    Path file = folder.resolve("broken.safetensors");
    Files.write(file, new byte[] {1, 2, 3});
    CommandRun run = component("unet", file);
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).contains("broken.safetensors").contains("3 bytes");
    run = component("unet", folder.resolve("none.safetensors"));
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).contains("none.safetensors: no such file");
  }

  @Test
  void wrongModelDirectoryIsNamed() {
    CommandRun run =
        CommandRun.of(
            "component",
            "unet",
            "--model",
            folder.toString(),
            "--in",
            tiny("unet").toString(),
            "--out",
            output().toString());
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.errLines()).hasSize(1);
    assertThat(run.err()).contains(folder.toString());
  }

  @Test
  void badPlansAreNamed() throws IOException {
    Path plan = folder.resolve("plan.json");
    Files.writeString(plan, "{\"source\": \"a bear\", \"target\": \"a tiger\", \"stepz\": 3}");
    Path in = GoldenTensors.path("edit-shape/in.safetensors");
    CommandRun run = component("edit", in, "--plan", plan.toString());
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.errLines()).hasSize(1);
    assertThat(run.err()).contains("plan.json").contains("step");
    run = component("edit", in);
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).contains("--plan is missing");
  }

  @Test
  void memoryThatDoesNotSufficeIsSaid() {
    CommandRun run = component("unet", tiny("unet"), "--memory-limit", "200K");
    assertThat(run.code()).as(run.err()).isEqualTo(2);
    assertThat(run.errLines()).hasSize(1);
    assertThat(run.err()).containsIgnoringCase("memory");
    assertThat(output()).doesNotExist();
  }

  @Test
  void missingDeviceIsSaid() {
    CommandRun run = component("unet", tiny("unet"), "--device", "cuda:7");
    assertThat(run.code()).as(run.err()).isEqualTo(2);
    assertThat(run.errLines()).hasSize(1);
    assertThat(run.err()).containsIgnoringCase("cuda");
  }

  private static TensorData zeros(long... sizes) {
    Shape shape = Shape.of(sizes);
    return TensorData.floats(shape, new float[Math.toIntExact(shape.elements())]);
  }

  private void assertRefused(String part, Map<String, TensorData> tensors, String message) {
    Path in = folder.resolve("in.safetensors");
    SafetensorsWriter.write(in, tensors, Map.of());
    CommandRun run = component(part, in);
    assertThat(run.code()).as(run.err()).isEqualTo(2);
    assertThat(run.errLines()).hasSize(1);
    assertThat(run.err()).contains("in.safetensors").contains(message);
    assertThat(output()).doesNotExist();
  }
}
