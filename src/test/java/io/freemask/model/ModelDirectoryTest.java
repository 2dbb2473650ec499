package io.freemask.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freemask.InvalidInputException;
import io.freemask.internal.cache.CacheDirectory;
import io.freemask.weights.Checkpoint;
import io.freemask.weights.TensorInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Model directories, without the native library. */
class ModelDirectoryTest {

  @TempDir Path folder;

  private Path copyOfTinyModel() throws IOException {
    Path source = Golden.path("tiny-model");
    Path target = folder.resolve("tiny");
    try (Stream<Path> files = Files.walk(source)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        Path copy = target.resolve(source.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(copy);
        } else {
          Files.copy(file, copy);
        }
      }
    }
    return target;
  }

  private static void replace(Path file, String text, String by) throws IOException {
    String content = Files.readString(file);
    assertThat(content).contains(text);
    Files.writeString(file, content.replace(text, by));
  }

  @Test
  void opensADirectoryInDiffusersLayout() {
    ModelDirectory model = ModelDirectory.open(Golden.path("tiny-model"));

    assertThat(model.name()).isEqualTo("tiny-model");
    assertThat(model.unetConfig().blockOutChannels()).containsExactly(16, 32);
    assertThat(model.vaeConfig().blockOutChannels()).containsExactly(8, 16, 16, 16);
    assertThat(model.textEncoderConfig().hiddenSize()).isEqualTo(32);
    assertThat(model.schedulerConfig().stepsOffset()).isEqualTo(1);
    assertThat(model.tokenizerDirectory().resolve("merges.txt")).isRegularFile();
  }

  @Test
  void namesEverythingThatIsMissing() throws IOException {
    Path model = copyOfTinyModel();
    Files.delete(model.resolve("unet/config.json"));
    Files.delete(model.resolve("tokenizer/merges.txt"));

    assertThatThrownBy(() -> ModelDirectory.open(model))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith(model + ": ")
        .hasMessageEndingWith("missing unet/config.json, tokenizer/merges.txt");
    assertThatThrownBy(() -> ModelDirectory.open(folder.resolve("none")))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("none: no such directory");
  }

  @Test
  void configurationsHaveToAgree() throws IOException {
    Path model = copyOfTinyModel();
    replace(
        model.resolve("unet/config.json"),
        "\"cross_attention_dim\": 32",
        "\"cross_attention_dim\": 64");

    assertThatThrownBy(() -> ModelDirectory.open(model))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContainingAll(
            "unet/config.json: cross_attention_dim is 64, expected 32",
            "text_encoder/config.json: hidden_size");
  }

  @Test
  void theHashChangesWithEveryPart() throws IOException {
    Path model = copyOfTinyModel();
    String original = ModelDirectory.open(model).hash();
    assertThat(original)
        .matches("[0-9a-f]{64}")
        .isEqualTo(ModelDirectory.open(Golden.path("tiny-model")).hash());

    replace(model.resolve("scheduler/scheduler_config.json"), "0.012", "0.0121");
    String otherScheduler = ModelDirectory.open(model).hash();
    Path weights = model.resolve("vae/diffusion_pytorch_model.safetensors");
    byte[] bytes = Files.readAllBytes(weights);
    bytes[bytes.length - 1] ^= 1;
    Files.write(weights, bytes);
    String otherWeights = ModelDirectory.open(model).hash();

    assertThat(List.of(original, otherScheduler, otherWeights)).doesNotHaveDuplicates();
  }

  @Test
  void weightsAreLookedForUnderEveryName() throws IOException {
    Path model = copyOfTinyModel();
    Files.delete(model.resolve("vae/diffusion_pytorch_model.safetensors"));

    ModelDirectory directory = ModelDirectory.open(model);
    assertThat(directory.parameterCounts().vae()).isPositive();
    assertThatThrownBy(directory::hash)
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContainingAll(
            "vae: no weights",
            "diffusion_pytorch_model.safetensors",
            "diffusion_pytorch_model.safetensors.index.json",
            "diffusion_pytorch_model.fp16.safetensors",
            "diffusion_pytorch_model.bin");
  }

  @Test
  void parametersAreCountedAsTheWeightsHaveThem() {
    for (ModelDirectory model :
        List.of(
            ModelDirectory.open(Golden.path("tiny-model")),
            ModelDirectory.open(BuiltInModel.extract(new CacheDirectory(folder))))) {
      ParameterCounts counts = model.parameterCounts();

      assertThat(counts.unet())
          .isEqualTo(stored(WeightLoading.diffusers(model.path().resolve("unet"))));
      assertThat(counts.vae())
          .isEqualTo(stored(WeightLoading.diffusers(model.path().resolve("vae"))));
      assertThat(counts.textEncoder())
          .isEqualTo(stored(WeightLoading.transformers(model.path().resolve("text_encoder"))));
      assertThat(counts.total()).isEqualTo(counts.unet() + counts.vae() + counts.textEncoder());
    }
  }

  private static long stored(Checkpoint checkpoint) {
    try (checkpoint) {
      return checkpoint.tensors().values().stream()
          .map(TensorInfo::shape)
          .mapToLong(shape -> shape.elements())
          .sum();
    }
  }

  @Test
  void theBuiltInModelIsExtractedOnceAndRepaired() throws IOException {
    CacheDirectory cache = new CacheDirectory(folder.resolve("cache"));
    Path first = BuiltInModel.extract(cache);
    ModelDirectory model = ModelDirectory.open(first);
    String hash = model.hash();
    assertThat(model.unetConfig().blockOutChannels()).containsExactly(32, 64, 128);
    assertThat(model.textEncoderConfig().numHiddenLayers()).isZero();
    Path config = first.resolve("unet/config.json");
    Object inode = Files.getAttribute(config, "unix:ino");

    assertThat(BuiltInModel.extract(cache)).isEqualTo(first);
    assertThat(Files.getAttribute(config, "unix:ino")).isEqualTo(inode);

    Files.writeString(config, "{}");
    Files.delete(first.resolve("vae/config.json"));
    BuiltInModel.extract(cache);
    assertThat(ModelDirectory.open(first).hash()).isEqualTo(hash);
    try (Stream<Path> files = Files.walk(folder)) {
      assertThat(files.map(Path::toString)).noneMatch(name -> name.contains(".partial"));
    }
  }

  @Test
  void theBuiltInModelHasANameOfItsOwn() {
    assertThat(ModelDirectory.builtIn().name()).isEqualTo("shapeworld");
  }
}
