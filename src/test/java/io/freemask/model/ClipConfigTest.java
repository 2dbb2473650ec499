package io.freemask.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freemask.InvalidInputException;
import io.freemask.model.TextEncoderConfig.Activation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Configurations of CLIP models, and what is refused. */
class ClipConfigTest {

  @TempDir Path folder;

  private ClipConfig read(String json) throws IOException {
    return ClipConfig.read(Files.writeString(folder.resolve("config.json"), json));
  }

  /** What transformers has for missing fields is ViT-B/32 with the end token's true id. */
  @Test
  void defaults() throws IOException {
    ClipConfig config = read("{\"text_config\": {}, \"vision_config\": {}}");

    assertThat(config.projectionDim()).isEqualTo(512);
    assertThat(config.text())
        .isEqualTo(
            new TextEncoderConfig(49408, 512, 2048, 12, 8, 77, Activation.QUICK_GELU, 1e-5, 49407));
    assertThat(config.vision())
        .isEqualTo(new ClipVisionConfig(768, 3072, 12, 12, 224, 32, Activation.QUICK_GELU, 1e-5));
  }

  @Test
  void anOlderSectionTakesThePlace() throws IOException {
    ClipConfig config =
        read(
            """
            {"model_type": "clip", "projection_dim": 768,
             "text_config": {"hidden_size": 8, "num_attention_heads": 2, "eos_token_id": 2},
             "text_config_dict": {"hidden_size": 768, "num_attention_heads": 12},
             "vision_config": {"patch_size": 14, "hidden_act": "gelu"},
             "vision_config_dict": null}\
            """);

    assertThat(config.text().hiddenSize()).isEqualTo(768);
    assertThat(config.text().numAttentionHeads()).isEqualTo(12);
    assertThat(config.text().eosTokenId()).isEqualTo(49407);
    assertThat(config.vision().patchSize()).isEqualTo(14);
    assertThat(config.vision().hiddenAct()).isEqualTo(Activation.GELU);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"vision_config\": {}} | text_config is missing, expected an object",
        "{\"text_config\": {}, \"vision_config\": 3} | vision_config is 3, expected an object",
        "{\"model_type\": \"siglip\"} | model_type is \"siglip\", expected clip",
        "{\"text_config\": {\"hidden_size\": 0}} | text_config.hidden_size is 0, expected an integer",
        "{\"text_config\": {}, \"vision_config\": {\"num_attention_heads\": 7}}"
            + " | vision_config.num_attention_heads is 7, expected a divisor of hidden_size 768",
        "{\"text_config\": {}, \"vision_config\": {\"patch_size\": 225}}"
            + " | vision_config.patch_size is 225, expected at most image_size 224",
        "{\"text_config\": {}, \"vision_config\": {\"num_channels\": 4}}"
            + " | vision_config.num_channels is 4, expected 3",
      })
  void whatIsWrongIsNamed(String json, String message) {
    assertThatThrownBy(() -> read(json))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith(folder.resolve("config.json") + ": " + message);
  }
}
