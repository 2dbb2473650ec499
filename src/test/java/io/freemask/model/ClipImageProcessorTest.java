package io.freemask.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freemask.InvalidInputException;
import io.freemask.video.Resize;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Pixels as transformers prepares them with Pillow, and the configurations that say how. */
class ClipImageProcessorTest {

  @TempDir Path folder;

  private ClipImageProcessor read(String json) throws IOException {
    return ClipImageProcessor.read(
        Files.writeString(folder.resolve("preprocessor_config.json"), json));
  }

  /** A side that shrinks and is odd, one that is cut above and below, and one that grows. */
  @ParameterizedTest
  @CsvSource({"wide, 45, 37", "tall, 71, 118", "enlarged, 29, 17"})
  void preparesAsTransformersDoes(String name, int width, int height) {
    ClipImageProcessor processor =
        ClipImageProcessor.read(Golden.path("clip/preprocessor_config.json"));
    try (Golden golden = Golden.open("clip/expected.safetensors")) {
      float[] pixels = processor.process(ClipPictures.clip(width, height, 1));

      // The reference holds every second column.
      float[] even = new float[pixels.length / 2];
      for (int i = 0; i < even.length; i++) {
        even[i] = pixels[2 * i];
      }
      golden.check("pixels." + name, even, golden.floats("pixels." + name), 1e-6);
    }
  }

  @Test
  void theFileOfOpenAisModel() throws IOException {
    ClipImageProcessor processor =
        read(
            """
            {"crop_size": 224, "do_center_crop": true, "do_normalize": true, "do_resize": true,
             "feature_extractor_type": "CLIPFeatureExtractor",
             "image_mean": [0.48145466, 0.4578275, 0.40821073],
             "image_std": [0.26862954, 0.26130258, 0.27577711], "resample": 3, "size": 224}\
            """);

    assertThat(processor).isEqualTo(read("{}"));
    assertThat(processor)
        .isEqualTo(
            read(
                """
                {"crop_size": {"height": 224, "width": 224}, "size": {"shortest_edge": 224},
                 "do_rescale": true, "rescale_factor": 0.00392156862745098}\
                """));
    assertThat(processor.filter()).isEqualTo(Resize.Filter.BICUBIC);
    assertThat(read("{\"resample\": 2}").filter()).isEqualTo(Resize.Filter.BILINEAR);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"do_center_crop\": false} | do_center_crop is false, expected true: every step is done",
        "{\"size\": {\"height\": 224, \"width\": 224}} | size.shortest_edge is missing",
        "{\"crop_size\": {\"height\": 9, \"width\": 8}} | crop_size.width is 8, expected the height, 9",
        "{\"crop_size\": 225} | crop_size is 225, expected at most the shortest edge 224",
        "{\"resample\": 1} | resample is 1, expected 2 (bilinear) or 3 (bicubic)",
        "{\"image_mean\": [0.5]} | image_mean is [0.5], expected 3 numbers",
        "{\"image_std\": [1, 0, 1]} | image_std is [1,0,1], expected 3 numbers above 0",
      })
  void whatIsNotSupportedIsNamed(String json, String message) {
    assertThatThrownBy(() -> read(json))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining(folder.resolve("preprocessor_config.json") + ": " + message);
  }
}
