package io.freemask.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.freemask.tensor.DType;
import io.freemask.tensor.Shape;
import io.freemask.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The UNet against diffusers: outputs, everything between, attention maps, sizes and dtypes. */
class UNetParityIT {

  private static UNet tiny(NativeTestContext test) {
    return test.add(UNet.load(Golden.path("tiny-model/unet"), test.context(), DType.F32));
  }

  private static double timestep(Golden golden, String name) {
    return golden.file().longs(name)[0];
  }

  @Test
  void everyIntermediateValueOfTheTinyModel() {
    try (NativeTestContext test = NativeTestContext.open();
        Golden golden = Golden.open("tiny/unet.safetensors");
        Golden deep = Golden.open("tiny/unet_deep.safetensors")) {
      UNet unet = tiny(test);
      Set<String> wanted = new HashSet<>(deep.file().names());
      golden.file().names().stream().filter(n -> n.startsWith("act.")).forEach(wanted::add);
      Callbacks callbacks =
          Callbacks.NONE.withProbe(
              (name, shape, values) -> {
                if (wanted.remove("act." + name)) {
                  golden.check("act." + name, shape, values, Golden.FORWARD);
                }
                if (wanted.remove(name)) {
                  deep.check(name, shape, values, Golden.FORWARD);
                }
              },
              false);

      UNet.Output output =
          test.add(
              unet.forward(
                  List.of(test.add(golden.tensor(test.context(), "sample"))),
                  List.of(test.add(golden.tensor(test.context(), "encoder_hidden_states"))),
                  timestep(golden, "timestep"),
                  null,
                  null,
                  callbacks));

      golden.check("out", output.noise().getFirst(), Golden.FORWARD);
      assertThat(wanted).as("reference values that no probe reported").isEmpty();
      assertThat(output.wordMaps()).isEmpty();
    }
  }

  @Test
  void unconditionalAndConditionalInOnePass() {
    try (NativeTestContext test = NativeTestContext.open();
        Golden golden = Golden.open("tiny/unet_cfg.safetensors")) {
      UNet unet = tiny(test);
      Tensor latents = test.add(golden.tensor(test.context(), "sample"));

      UNet.Output output =
          test.add(
              unet.forward(
                  List.of(latents, latents),
                  List.of(
                      test.add(golden.tensor(test.context(), "emb_uncond")),
                      test.add(golden.tensor(test.context(), "emb_text"))),
                  timestep(golden, "timestep"),
                  null,
                  null,
                  Callbacks.NONE));

      golden.check("out_uncond", output.noise().get(0), Golden.FORWARD);
      golden.check("out_text", output.noise().get(1), Golden.FORWARD);
      Tensor guided =
          test.add(Tensor.combine(1 - 7.5f, output.noise().get(0), 7.5f, output.noise().get(1)));
      golden.check("guided_7.5", guided, Golden.FORWARD * (7.5 + 6.5));
    }
  }

  @Test
  void attentionMapsAndWordMaps() throws Exception {
    try (NativeTestContext test = NativeTestContext.open();
        Golden golden = Golden.open("tiny/attn.safetensors")) {
      UNet unet = tiny(test);
      Set<String> wanted = new HashSet<>(golden.file().names());
      wanted.removeIf(name -> !name.endsWith(".mean_heads"));
      assertThat(wanted).isNotEmpty();
      Callbacks callbacks =
          Callbacks.NONE.withProbe(
              (name, shape, values) -> {
                if (wanted.remove(name)) {
                  golden.check(name, shape, values, Golden.FORWARD);
                }
              },
              true);
      ObjectMapper json = new ObjectMapper();
      JsonNode tokens = json.readTree(golden.file().metadata().get("token_index"));
      List<String> words = new ArrayList<>();
      List<int[]> groups = new ArrayList<>();
      for (var entry : tokens.properties()) {
        words.add(entry.getKey());
        groups.add(json.convertValue(entry.getValue(), int[].class));
      }

      UNet.Output output =
          test.add(
              unet.forward(
                  List.of(test.add(golden.tensor(test.context(), "sample"))),
                  List.of(test.add(golden.tensor(test.context(), "encoder_hidden_states"))),
                  timestep(golden, "timestep"),
                  null,
                  new WordCapture(0, groups),
                  callbacks));

      assertThat(wanted).as("attention maps that no probe reported").isEmpty();
      golden.check("out", output.noise().getFirst(), Golden.FORWARD);
      List<AttentionLayer> cross =
          unet.attentionLayers().stream()
              .filter(layer -> layer.kind() == AttentionLayer.Kind.CROSS)
              .toList();
      assertThat(output.wordMaps()).hasSameSizeAs(cross);
      for (int layer = 0; layer < cross.size(); layer++) {
        Tensor maps = output.wordMaps().get(layer);
        float[] values = maps.toFloats();
        for (int word = 0; word < words.size(); word++) {
          // The reference is the mean over the word's tokens; each of these words has one.
          assertThat(groups.get(word)).hasSize(1);
          String name = cross.get(layer).name() + ".map." + words.get(word);
          Shape shape = golden.shape(name);
          assertThat(maps.shape())
              .isEqualTo(Shape.of(words.size(), shape.dim(0), shape.dim(1), shape.dim(2)));
          assertThat(cross.get(layer).height(8)).isEqualTo((int) shape.dim(1));
          int length = Math.toIntExact(shape.elements());
          golden.check(
              name,
              java.util.Arrays.copyOfRange(values, word * length, (word + 1) * length),
              golden.floats(name),
              Golden.FORWARD);
        }
      }
    }
  }

  @Test
  void attentionLayersAreThoseOfDiffusersInItsOrder() throws Exception {
    try (NativeTestContext test = NativeTestContext.open();
        Golden golden = Golden.open("tiny/attn.safetensors")) {
      List<AttentionLayer> layers = tiny(test).attentionLayers();
      JsonNode expected = new ObjectMapper().readTree(golden.file().metadata().get("layers"));

      assertThat(layers).hasSize(expected.size());
      for (int i = 0; i < layers.size(); i++) {
        AttentionLayer layer = layers.get(i);
        assertThat(layer.name()).isEqualTo(expected.get(i).get("name").textValue());
        assertThat(layer.kind().name())
            .isEqualToIgnoringCase(expected.get(i).get("kind").textValue());
        assertThat(layer.heads())
            .as(layer.name())
            .isEqualTo(expected.get(i).get("heads").intValue());
        assertThat(layer.headDim()).isEqualTo(8);
        assertThat(layer.controlled()).isEqualTo(!layer.name().startsWith("transformer_in"));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "b1_f1_8x8",
        "b2_f1_9x11",
        "b1_f5_12x20",
        "b2_f5_8x8",
        "b1_f8_9x11",
        "b2_f8_12x20",
        "b1_f16_8x8",
        "b2_f16_9x11",
        "b1_f16_12x20",
        "b2_f1_12x20"
      })
  void framesSizesAndBatches(String name) {
    try (NativeTestContext test = NativeTestContext.open();
        Golden golden = Golden.open("shapes/unet.safetensors")) {
      check(test, golden, tiny(test), name + ".", Golden.FORWARD);
    }
  }

  @Test
  void attentionInTheInnerLevelAlone() {
    try (NativeTestContext test = NativeTestContext.open();
        Golden golden = Golden.open("variants/unet-expected.safetensors")) {
      UNet unet =
          test.add(
              UNet.load(Golden.path("variants/unet-inner-attention"), test.context(), DType.F32));
      check(test, golden, unet, "", Golden.FORWARD);
    }
  }

  private static void check(
      NativeTestContext test, Golden golden, UNet unet, String prefix, double bound) {
    List<Tensor> latents = golden.items(test.context(), prefix + "sample");
    List<Tensor> text = golden.items(test.context(), prefix + "encoder_hidden_states");
    latents.forEach(test::add);
    text.forEach(test::add);
    UNet.Output output =
        test.add(
            unet.forward(
                latents, text, timestep(golden, prefix + "timestep"), null, null, Callbacks.NONE));

    float[] expected = golden.floats(prefix + "out");
    float[] actual = new float[expected.length];
    int length = expected.length / latents.size();
    for (int i = 0; i < latents.size(); i++) {
      System.arraycopy(output.noise().get(i).toFloats(), 0, actual, i * length, length);
    }
    golden.check(prefix + "out", actual, expected, bound);
  }

  @ParameterizedTest
  @ValueSource(strings = {"tiny", "shapeworld"})
  void bf16IsNotMuchLessExactThanInDiffusers(String model) {
    try (NativeTestContext test = NativeTestContext.open();
        Golden golden = Golden.open("shapes/bf16_" + model + ".safetensors")) {
      UNet unet =
          test.add(
              model.equals("tiny")
                  ? UNet.load(Golden.path("tiny-model/unet"), test.context(), DType.BF16)
                  : ModelDirectory.builtIn().loadUNet(test.context(), DType.BF16));
      UNet.Output output =
          test.add(
              unet.forward(
                  List.of(test.add(golden.tensor(test.context(), "sample"))),
                  List.of(test.add(golden.tensor(test.context(), "encoder_hidden_states"))),
                  timestep(golden, "timestep"),
                  null,
                  null,
                  Callbacks.NONE));

      double reference = relativeL2(golden.floats("out_bf16"), golden.floats("out"));
      double actual = relativeL2(output.noise().getFirst().toFloats(), golden.floats("out"));
      System.out.printf(
          "bf16 %s: relative L2 error %.5f, diffusers %.5f%n", model, actual, reference);
      assertThat(actual).isPositive().isLessThanOrEqualTo(1.5 * reference);
    }
  }

  private static double relativeL2(float[] actual, float[] expected) {
    double difference = 0;
    double norm = 0;
    for (int i = 0; i < expected.length; i++) {
      difference += Math.pow((double) actual[i] - expected[i], 2);
      norm += Math.pow(expected[i], 2);
    }
    return Math.sqrt(difference / norm);
  }
}
