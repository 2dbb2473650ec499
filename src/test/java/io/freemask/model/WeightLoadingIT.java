package io.freemask.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.freemask.InvalidInputException;
import io.freemask.tensor.DType;
import io.freemask.tensor.Shape;
import io.freemask.tensor.Tensor;
import io.freemask.weights.SafetensorsFile;
import io.freemask.weights.SafetensorsWriter;
import io.freemask.weights.StorageType;
import io.freemask.weights.TensorData;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Weights that do not fit, and every form of file that does. */
class WeightLoadingIT {

  private static final String FILE = "diffusion_pytorch_model.safetensors";

  @TempDir Path folder;

  private final Map<String, TensorData> tensors = new LinkedHashMap<>();

  @BeforeEach
  void tinyVae() throws IOException {
    Files.copy(Golden.path("tiny-model/vae/config.json"), folder.resolve("config.json"));
    try (SafetensorsFile file = SafetensorsFile.open(Golden.path("tiny-model/vae/" + FILE))) {
      for (String name : file.names()) {
        tensors.put(
            name, TensorData.bytes(StorageType.F32, file.info(name).shape(), file.bytes(name)));
      }
    }
  }

  private void checkDecodes(NativeTestContext test, double bound) {
    try (Golden golden = Golden.open("tiny/vae.safetensors")) {
      Vae vae = test.add(Vae.load(folder, test.context(), DType.F32));
      Tensor scaled = test.add(golden.tensor(test.context(), "latents_scaled_mode"));
      Tensor latents = test.add(scaled.scale((float) (1 / vae.scalingFactor())));
      golden.check("decoded", test.add(vae.decode(latents, Callbacks.NONE)), bound);
    }
  }

  private void assertRefused(String... expected) {
    try (NativeTestContext test = NativeTestContext.open()) {
      assertThatThrownBy(() -> Vae.load(folder, test.context(), DType.F32))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining(folder.toString())
          .hasMessageContainingAll(expected)
          .hasMessageNotContaining("\n");
    }
  }

  @Test
  void aMissingTensorIsNamed() {
    tensors.remove("decoder.conv_in.bias");
    SafetensorsWriter.write(folder.resolve(FILE), tensors, Map.of());

    assertRefused("decoder.conv_in.bias");
  }

  @Test
  void anExtraTensorIsNamed() {
    tensors.put("decoder.conv_in.extra", TensorData.floats(Shape.of(1), 0));
    SafetensorsWriter.write(folder.resolve(FILE), tensors, Map.of());

    assertRefused("decoder.conv_in.extra");
  }

  @Test
  void aTensorOfAnotherShapeIsNamed() {
    tensors.put("decoder.conv_in.bias", TensorData.floats(Shape.of(2, 8), new float[16]));
    SafetensorsWriter.write(folder.resolve(FILE), tensors, Map.of());

    assertRefused("decoder.conv_in.bias", "[2, 8]", "[16]");
  }

  @Test
  void aTensorOfATypeThatWeightsCannotHaveIsNamed() {
    tensors.put(
        "decoder.conv_in.bias",
        TensorData.bytes(StorageType.F64, Shape.of(16), new byte[16 * Double.BYTES]));
    SafetensorsWriter.write(folder.resolve(FILE), tensors, Map.of());
    assertRefused("decoder.conv_in.bias", "F64", "F32, F16 or BF16");

    tensors.put(
        "decoder.conv_in.bias", TensorData.bytes(StorageType.U8, Shape.of(16), new byte[16]));
    SafetensorsWriter.write(folder.resolve(FILE), tensors, Map.of());
    assertRefused("decoder.conv_in.bias");
  }

  @Test
  void aConfigurationThatDoesNotFitTheWeights() throws IOException {
    Path config = folder.resolve("config.json");
    Files.writeString(
        config,
        Files.readString(config).replace("\"latent_channels\": 4", "\"latent_channels\": 8"));
    SafetensorsWriter.write(folder.resolve(FILE), tensors, Map.of());

    assertRefused("shape");
  }

  @Test
  void severalFilesWithAnIndex() throws IOException {
    Map<String, TensorData> first = new LinkedHashMap<>();
    Map<String, TensorData> second = new LinkedHashMap<>();
    ObjectNode index = new ObjectMapper().createObjectNode();
    ObjectNode map = index.putObject("weight_map");
    tensors.forEach(
        (name, tensor) -> {
          boolean encoder = name.startsWith("encoder.");
          (encoder ? first : second).put(name, tensor);
          map.put(name, encoder ? "a.safetensors" : "b.safetensors");
        });
    SafetensorsWriter.write(folder.resolve("a.safetensors"), first, Map.of());
    SafetensorsWriter.write(folder.resolve("b.safetensors"), second, Map.of());
    Files.writeString(folder.resolve(FILE + ".index.json"), index.toString());

    try (NativeTestContext test = NativeTestContext.open()) {
      checkDecodes(test, Golden.FORWARD);
    }
  }

  @Test
  void theFp16Variant() {
    Map<String, TensorData> half = new TreeMap<>();
    tensors.forEach(
        (name, tensor) -> {
          ByteBuffer from = tensor.bytes().order(ByteOrder.LITTLE_ENDIAN);
          ByteBuffer to = ByteBuffer.allocate(from.remaining() / 2).order(ByteOrder.LITTLE_ENDIAN);
          while (from.hasRemaining()) {
            to.putShort(Float.floatToFloat16(from.getFloat()));
          }
          half.put(name, TensorData.bytes(StorageType.F16, tensor.shape(), to.array()));
        });
    SafetensorsWriter.write(
        folder.resolve("diffusion_pytorch_model.fp16.safetensors"), half, Map.of());

    try (NativeTestContext test = NativeTestContext.open()) {
      // Rounding the weights moves the result by about their relative error, 2^-11.
      checkDecodes(test, 0.02);
    }
  }

  /** Data that starts at an odd address is copied to an aligned one. */
  @Test
  void dataThatIsNotAligned() throws IOException {
    SafetensorsWriter.write(folder.resolve(FILE), tensors, Map.of());
    byte[] aligned = Files.readAllBytes(folder.resolve(FILE));
    long length = ByteBuffer.wrap(aligned).order(ByteOrder.LITTLE_ENDIAN).getLong();
    int headerLength = Math.toIntExact(length);
    String header =
        new String(aligned, Long.BYTES, headerLength, StandardCharsets.UTF_8).stripTrailing();
    while (header.length() % 4 != 1) {
      header += " ";
    }
    int data = aligned.length - Long.BYTES - headerLength;
    ByteBuffer shifted =
        ByteBuffer.allocate(Long.BYTES + header.length() + data).order(ByteOrder.LITTLE_ENDIAN);
    shifted.putLong(header.length()).put(header.getBytes(StandardCharsets.UTF_8));
    shifted.put(aligned, aligned.length - data, data);
    Files.write(folder.resolve(FILE), shifted.array());
    assertThat((Long.BYTES + header.length()) % 4).isEqualTo(1);

    try (NativeTestContext test = NativeTestContext.open()) {
      checkDecodes(test, Golden.FORWARD);
    }
  }

  @Test
  void everyComputeTypeOfTheBuiltInModel() {
    try (NativeTestContext test = NativeTestContext.open()) {
      ModelDirectory model = ModelDirectory.builtIn();
      assertThatThrownBy(() -> model.loadUNet(test.context(), DType.I64))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("I64");
      for (DType type : List.of(DType.F32, DType.BF16, DType.F16)) {
        try (TextEncoder text = model.loadTextEncoder(test.context(), type);
            Tensor states = text.forward(new long[][] {{692, 693}}, Callbacks.NONE)) {
          assertThat(states.dtype()).isEqualTo(type);
        }
      }
    }
  }

  @Test
  void aDamagedPickle() throws IOException {
    Path bin = Files.write(folder.resolve("diffusion_pytorch_model.bin"), new byte[100]);

    assertRefused(bin.toString());
  }
}
