package io.freemask.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.freemask.CancelledException;
import io.freemask.InvalidInputException;
import io.freemask.eval.clip.ClipMetrics;
import io.freemask.tensor.DType;
import io.freemask.tensor.Shape;
import io.freemask.tensor.Tensor;
import io.freemask.video.Clip;
import io.freemask.weights.SafetensorsFile;
import io.freemask.weights.SafetensorsWriter;
import io.freemask.weights.StorageType;
import io.freemask.weights.TensorData;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A small random CLIP model against transformers, and directories that are refused. */
class ClipModelIT {

  private static final List<String> PROMPTS = List.of("a red car is moving", "a blue cat");
  private static final Clip CLIP = ClipPictures.clip(45, 37, 4);

  @TempDir Path folder;

  private static ClipModel load(NativeTestContext test, DType dtype) {
    return test.add(ClipModel.load(Golden.path("clip"), test.context(), dtype));
  }

  @Test
  void imagesTextsAndLogitsAsTransformersHasThem() {
    try (NativeTestContext test = NativeTestContext.open();
        Golden golden = Golden.open("clip/expected.safetensors")) {
      ClipModel model = load(test, DType.F32);

      float[][] images = model.embed(CLIP, Callbacks.NONE);
      float[][] texts = model.embed(PROMPTS, Callbacks.NONE);

      golden.check("image_embeds", Shape.of(4, 20), flat(images), Golden.FORWARD);
      golden.check("text_embeds", Shape.of(2, 20), flat(texts), Golden.FORWARD);
      float[] logits = new float[8];
      for (int i = 0; i < logits.length; i++) {
        logits[i] = model.logitScale() * dot(images[i / 2], texts[i % 2]);
      }
      golden.check("logits_per_image", Shape.of(4, 2), logits, Golden.FORWARD);
    }
  }

  @Test
  void everyHiddenState() {
    try (NativeTestContext test = NativeTestContext.open();
        Golden golden = Golden.open("clip/expected.safetensors")) {
      ClipModel model = load(test, DType.F32);
      Set<String> seen = new HashSet<>();

      model.embed(ClipPictures.clip(45, 37, 2), probe(golden, "vision.", seen));
      model.embed(PROMPTS, probe(golden, "text.", seen));

      assertThat(seen)
          .containsExactlyInAnyOrder(
              "vision.hidden_states.0",
              "vision.hidden_states.1",
              "vision.hidden_states.2",
              "text.hidden_states.0",
              "text.hidden_states.1");
    }
  }

  private static Callbacks probe(Golden golden, String tower, Set<String> seen) {
    return Callbacks.NONE.withProbe(
        (name, shape, values) -> {
          if (golden.file().names().contains(tower + name)) {
            golden.check(tower + name, shape, values, Golden.FORWARD);
            seen.add(tower + name);
          }
        },
        false);
  }

  @Test
  void theTokenizerOfTheDirectory() {
    try (NativeTestContext test = NativeTestContext.open();
        Golden golden = Golden.open("clip/expected.safetensors")) {
      ClipModel model = load(test, DType.F32);

      long[] ids =
          PROMPTS.stream()
              .flatMapToLong(prompt -> LongStream.of(model.tokenizer().encode(prompt).ids()))
              .toArray();

      assertThat(ids).containsExactly(golden.file().longs("input_ids"));
    }
  }

  /** Id 2 stands for the largest id; any other is looked for, and its first place counts. */
  @ParameterizedTest
  @ValueSource(strings = {"legacy", "modern"})
  void bothConventionsOfTheEndToken(String convention) throws IOException {
    copy();
    if (convention.equals("modern")) {
      Files.copy(
          Golden.path("clip/config-modern-eos.json"),
          folder.resolve("config.json"),
          StandardCopyOption.REPLACE_EXISTING);
    }
    try (NativeTestContext test = NativeTestContext.open();
        Golden golden = Golden.open("clip/expected.safetensors")) {
      ClipModel model = test.add(ClipModel.load(folder, test.context(), DType.F32));
      long[] flat = golden.file().longs("eos.input_ids");
      long[][] ids = new long[2][flat.length / 2];
      for (int i = 0; i < flat.length; i++) {
        ids[i / ids[0].length][i % ids[0].length] = flat[i];
      }

      Tensor embeds = test.add(model.encodeTexts(ids, Callbacks.NONE));

      golden.check("eos." + convention, embeds, Golden.FORWARD);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"F16", "BF16"})
  void halfPrecisionIsNear(DType dtype) {
    try (NativeTestContext test = NativeTestContext.open();
        Golden golden = Golden.open("clip/expected.safetensors")) {
      ClipModel model = load(test, dtype);
      double bound = dtype == DType.F16 ? 0.01 : 0.08;

      golden.check("image_embeds", Shape.of(4, 20), flat(model.embed(CLIP, Callbacks.NONE)), bound);
      golden.check(
          "text_embeds", Shape.of(2, 20), flat(model.embed(PROMPTS, Callbacks.NONE)), bound);
      // The scale is kept in f32: bf16 would move it by a percent.
      assertThat(model.logitScale()).isCloseTo((float) Math.exp(3), within(1e-4f));
    }
  }

  /** More frames than are computed at a time. */
  @Test
  void aLongClipIsTheSameFrameByFrame() {
    try (NativeTestContext test = NativeTestContext.open()) {
      ClipModel model = load(test, DType.F32);
      Clip clip = ClipPictures.clip(33, 40, 11);

      float[][] together = model.embed(clip, Callbacks.NONE);

      assertThat(together).hasNumberOfRows(11);
      for (int f = 0; f < 11; f++) {
        Clip one = new Clip(clip.size(), clip.frameRate(), List.of(clip.frames().get(f)));
        assertThat(model.embed(one, Callbacks.NONE)[0])
            .as("frame %d", f)
            .containsExactly(together[f], within(1e-5f));
      }
    }
  }

  @Test
  void metricsOfAClip() {
    try (NativeTestContext test = NativeTestContext.open();
        Golden golden = Golden.open("clip/expected.safetensors")) {
      ClipModel model = load(test, DType.F32);

      ClipMetrics metrics = ClipMetrics.of(model, CLIP, PROMPTS.get(0), PROMPTS.get(1));

      float[] actual = {
        (float) metrics.frameAccuracy(),
        (float) metrics.temporalConsistency().orElseThrow(),
        (float) metrics.textAlignment()
      };
      golden.check("metrics", Shape.of(3), actual, Golden.FORWARD);
    }
  }

  @Test
  void aTickCancels() {
    try (NativeTestContext test = NativeTestContext.open()) {
      ClipModel model = load(test, DType.F32);

      assertThatThrownBy(() -> model.embed(CLIP, Callbacks.tick(() -> true)))
          .isInstanceOf(CancelledException.class);
      assertThat(model.embed(CLIP, Callbacks.NONE)).hasNumberOfRows(4);
    }
  }

  @Test
  void pixelsOfAnotherSizeAndLongPromptsAreRefused() {
    try (NativeTestContext test = NativeTestContext.open()) {
      ClipModel model = load(test, DType.F32);
      Tensor small =
          test.add(
              Tensor.of(test.context(), Shape.of(1, 3, 16, 16), new float[3 * 16 * 16], DType.F32));

      assertThatThrownBy(() -> model.encodeImages(small, Callbacks.NONE))
          .isInstanceOf(InvalidInputException.class)
          .hasMessage("pixels has the shape [1, 3, 16, 16], expected [B,3,32,32]");
      assertThatThrownBy(() -> model.embed(List.of("a".repeat(30)), Callbacks.NONE))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("takes 16");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"config.json", "preprocessor_config.json", "model.safetensors", "vocab.json"})
  void aMissingFileIsNamed(String file) throws IOException {
    copy();
    Files.delete(folder.resolve(file));

    assertRefused(file);
  }

  @Test
  void aDamagedFileIsNamed() throws IOException {
    copy();
    Files.write(folder.resolve("model.safetensors"), new byte[100]);

    assertRefused("model.safetensors");
  }

  @Test
  void aDirectoryThatIsNotThere() {
    try (NativeTestContext test = NativeTestContext.open()) {
      Path missing = folder.resolve("clip");
      assertThatThrownBy(() -> ClipModel.load(missing, test.context(), DType.F32))
          .isInstanceOf(InvalidInputException.class)
          .hasMessage(missing + ": no such directory, expected a CLIP directory");
    }
  }

  @Test
  void weightsThatDoNotFitAreNamed() throws IOException {
    copy();
    Map<String, TensorData> tensors = new LinkedHashMap<>();
    Path weights = folder.resolve("model.safetensors");
    try (SafetensorsFile file = SafetensorsFile.open(Golden.path("clip/model.safetensors"))) {
      for (String name : file.names()) {
        tensors.put(
            name,
            TensorData.bytes(file.info(name).type(), file.info(name).shape(), file.bytes(name)));
      }
    }
    String patches = "vision_model.embeddings.patch_embedding.weight";
    TensorData patchWeights = tensors.remove(patches);
    SafetensorsWriter.write(weights, tensors, Map.of());
    assertRefused("lack the tensor '" + patches + "' of shape [32, 3, 8, 8]");

    tensors.put(patches, TensorData.floats(Shape.of(32, 3), new float[96]));
    SafetensorsWriter.write(weights, tensors, Map.of());
    assertRefused(patches, "[32, 3]", "expected [32, 3, 8, 8]");

    tensors.put(patches, patchWeights);
    tensors.put("visual_projection.bias", TensorData.floats(Shape.of(20), new float[20]));
    SafetensorsWriter.write(weights, tensors, Map.of());
    assertRefused("no place for", "visual_projection.bias");

    // Buffers of positions, which older files carry, are no weights.
    tensors.remove("visual_projection.bias");
    tensors.put(
        "vision_model.embeddings.position_ids",
        TensorData.bytes(StorageType.I64, Shape.of(1, 17), new byte[17 * Long.BYTES]));
    SafetensorsWriter.write(weights, tensors, Map.of());
    try (NativeTestContext test = NativeTestContext.open();
        ClipModel model = ClipModel.load(folder, test.context(), DType.F32)) {
      assertThat(model.config().projectionDim()).isEqualTo(20);
    }
  }

  @Test
  void aProcessorForAnotherImageSize() throws IOException {
    copy();
    Files.writeString(
        folder.resolve("preprocessor_config.json"), "{\"size\": 40, \"crop_size\": 40}");

    assertRefused("preprocessor_config.json: crop_size is 40, expected 32");
  }

  private void assertRefused(String... expected) {
    try (NativeTestContext test = NativeTestContext.open()) {
      assertThatThrownBy(() -> ClipModel.load(folder, test.context(), DType.F32))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining(folder.toString())
          .hasMessageContainingAll(expected)
          .hasMessageNotContaining("\n");
    }
  }

  private void copy() throws IOException {
    try (Stream<Path> files = Files.list(Golden.path("clip"))) {
      files.forEach(
          file -> {
            try {
              Files.copy(file, folder.resolve(String.valueOf(file.getFileName())));
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
    }
  }

  private static float[] flat(float[][] rows) {
    float[] flat = new float[rows.length * rows[0].length];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(rows[i], 0, flat, i * rows[0].length, rows[0].length);
    }
    return flat;
  }

  private static float dot(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return (float) sum;
  }
}
