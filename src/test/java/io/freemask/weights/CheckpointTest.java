package io.freemask.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freemask.InvalidInputException;
import io.freemask.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which files are taken, and what an index may say. */
class CheckpointTest {

  @TempDir Path folder;

  private void shard(String file, String... tensors) {
    Map<String, TensorData> data = new java.util.HashMap<>();
    for (String tensor : tensors) {
      data.put(tensor, TensorData.floats(Shape.of(2), 1, 2));
    }
    SafetensorsWriter.write(folder.resolve(file), data, Map.of());
  }

  private Checkpoint find() {
    return Checkpoint.find(folder, "model", "pytorch_model");
  }

  private String found() {
    try (Checkpoint checkpoint = find()) {
      return String.valueOf(checkpoint.files().getFirst().getFileName());
    }
  }

  @Test
  void safetensorsBeforePicklesAndPlainBeforeFp16() throws IOException {
    Files.createFile(folder.resolve("pytorch_model.fp16.bin"));
    assertThat(found()).isEqualTo("pytorch_model.fp16.bin");
    Files.createFile(folder.resolve("pytorch_model.bin"));
    assertThat(found()).isEqualTo("pytorch_model.bin");
    shard("model.fp16.safetensors", "a");
    assertThat(found()).isEqualTo("model.fp16.safetensors");
    Files.writeString(
        folder.resolve("model.safetensors.index.json"),
        "{\"weight_map\": {\"a\": \"model.fp16.safetensors\"}}");
    assertThat(found()).isEqualTo("model.safetensors.index.json");
    shard("model.safetensors", "a");
    assertThat(found()).isEqualTo("model.safetensors");
  }

  @Test
  void noWeights() {
    assertThatThrownBy(this::find)
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContainingAll(folder.toString(), "no weights", "model.safetensors", ".bin");
  }

  @Test
  void severalFilesWithAnIndex() throws IOException {
    shard("model-00001-of-00002.safetensors", "a", "b");
    shard("model-00002-of-00002.safetensors", "c");
    Files.writeString(
        folder.resolve("model.safetensors.index.json"),
        """
        {"metadata": {"total_size": 24}, "weight_map": {"a": "model-00001-of-00002.safetensors",
         "b": "model-00001-of-00002.safetensors", "c": "model-00002-of-00002.safetensors"}}\
        """);

    try (Checkpoint checkpoint = find()) {
      assertThat(checkpoint.files()).hasSize(3);
      assertThat(checkpoint.tensors()).containsOnlyKeys("a", "b", "c");
      assertThat(checkpoint.bytes()).isGreaterThan(24);
    }
  }

  @Test
  void anIndexThatContradictsItsFiles() throws IOException {
    Path index = folder.resolve("model.safetensors.index.json");
    shard("x.safetensors", "a", "b");
    Files.writeString(index, "{\"weight_map\": {\"a\": \"x.safetensors\"}}");
    try (Checkpoint checkpoint = find()) {
      assertThatThrownBy(checkpoint::tensors)
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContainingAll("x.safetensors", "'b'", "not expected here", index.toString());
    }
    Files.writeString(
        index, "{\"weight_map\": {\"a\": \"x.safetensors\", \"c\": \"x.safetensors\"}}");
    try (Checkpoint checkpoint = find()) {
      assertThatThrownBy(checkpoint::tensors)
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContainingAll("x.safetensors", "no tensor 'c'", index.toString());
    }
    Files.writeString(index, "{\"weight_map\": {\"a\": \"y.safetensors\"}}");
    assertThatThrownBy(this::find)
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContainingAll(index.toString(), "y.safetensors", "missing");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{",
        "[]",
        "{}",
        "{\"weight_map\": {}}",
        "{\"weight_map\": []}",
        "{\"weight_map\": {\"a\": 1}}",
        "{\"weight_map\": {\"a\": \"\"}}",
        "{\"weight_map\": {\"a\": \"../x.safetensors\"}}",
        "{\"weight_map\": {\"a\": \"/etc/passwd\"}}",
        "{\"weight_map\": {\"a\": \"..\"}}",
        "{\"weight_map\": {\"a\": \"x.safetensors\", \"a\": \"x.safetensors\"}}"
      })
  void damagedIndexes(String json) throws IOException {
    shard("x.safetensors", "a");
    Path index = Files.writeString(folder.resolve("model.safetensors.index.json"), json);

    assertThatThrownBy(this::find)
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith(index + ": ")
        .hasMessageNotContaining("\n");
  }
}
