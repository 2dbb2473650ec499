package io.freemask.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.freemask.tensor.Shape;
import io.freemask.weights.SafetensorsFile;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Parameter counts of the published models, and the very names of the checkpoints at hand. */
class LayoutTest {

  private static final Path TINY = Path.of("src/test/resources/golden/tiny-model");
  private static final Path SHAPEWORLD = Path.of("src/main/resources/io/freemask/model/shapeworld");

  private static long count(Map<String, Shape> parameters) {
    return parameters.values().stream().mapToLong(Shape::elements).sum();
  }

  private static Map<String, Shape> stored(Path file) {
    Map<String, Shape> shapes = new HashMap<>();
    try (SafetensorsFile tensors = SafetensorsFile.open(file)) {
      for (String name : tensors.names()) {
        shapes.put(name.replaceFirst("^text_model\\.", ""), tensors.info(name).shape());
      }
    }
    return shapes;
  }

  @Test
  void zeroscopeHasItsPublishedSize() {
    UNetConfig config =
        new UNetConfig(
            32,
            4,
            4,
            2,
            32,
            1024,
            1,
            1,
            1e-5,
            List.of(320, 640, 1280, 1280),
            List.of(64, 64, 64, 64),
            List.of(
                "CrossAttnDownBlock3D",
                "CrossAttnDownBlock3D",
                "CrossAttnDownBlock3D",
                "DownBlock3D"),
            List.of("UpBlock3D", "CrossAttnUpBlock3D", "CrossAttnUpBlock3D", "CrossAttnUpBlock3D"));
    assertThat(UNetLayout.parameters(config)).hasSize(1480);
    assertThat(count(UNetLayout.parameters(config))).isEqualTo(1_411_233_860L);

    VaeConfig vae =
        new VaeConfig(3, 3, 4, 2, 32, List.of(128, 256, 512, 512), 0.18215, true, true, true);
    assertThat(VaeLayout.parameters(vae)).hasSize(248);
    assertThat(count(VaeLayout.parameters(vae))).isEqualTo(83_653_863L);

    TextEncoderConfig text =
        new TextEncoderConfig(
            49408, 1024, 4096, 23, 16, 77, TextEncoderConfig.Activation.GELU, 1e-5, 2);
    assertThat(TextEncoderLayout.parameters(text)).hasSize(372);
    assertThat(count(TextEncoderLayout.parameters(text))).isEqualTo(340_387_840L);
  }

  @Test
  void namesAndShapesAreThoseOfTheCheckpoints() {
    for (Path model : List.of(TINY, SHAPEWORLD)) {
      assertThat(UNetLayout.parameters(UNetConfig.read(model.resolve("unet/config.json"))))
          .isEqualTo(stored(model.resolve("unet/diffusion_pytorch_model.safetensors")));
      assertThat(VaeLayout.parameters(VaeConfig.read(model.resolve("vae/config.json"))))
          .isEqualTo(stored(model.resolve("vae/diffusion_pytorch_model.safetensors")));
      assertThat(
              TextEncoderLayout.parameters(
                  TextEncoderConfig.read(model.resolve("text_encoder/config.json"))))
          .isEqualTo(stored(model.resolve("text_encoder/model.safetensors")));
    }
  }
}
