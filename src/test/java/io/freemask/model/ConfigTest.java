package io.freemask.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freemask.InvalidInputException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Configurations of published models, their defaults, and everything that is refused. */
class ConfigTest {

  /** unet/config.json of zeroscope_v2 as published. */
  static final String ZEROSCOPE_UNET =
      """
      {"_class_name": "UNet3DConditionModel", "_diffusers_version": "0.17.0.dev0", "act_fn": "silu",
       "attention_head_dim": 64, "block_out_channels": [320, 640, 1280, 1280],
       "cross_attention_dim": 1024, "down_block_types": ["CrossAttnDownBlock3D",
       "CrossAttnDownBlock3D", "CrossAttnDownBlock3D", "DownBlock3D"], "downsample_padding": 1,
       "in_channels": 4, "layers_per_block": 2, "mid_block_scale_factor": 1, "norm_eps": 1e-05,
       "norm_num_groups": 32, "out_channels": 4, "sample_size": 32, "up_block_types":
       ["UpBlock3D", "CrossAttnUpBlock3D", "CrossAttnUpBlock3D", "CrossAttnUpBlock3D"]}\
      """;

  /** vae/config.json of text-to-video-ms-1.7b as published. */
  static final String MODELSCOPE_VAE =
      """
      {"_class_name": "AutoencoderKL", "in_channels": 3, "out_channels": 3, "latent_channels": 4,
       "block_out_channels": [128, 256, 512, 512], "layers_per_block": 2, "act_fn": "silu",
       "norm_num_groups": 32, "sample_size": 512, "scaling_factor": 0.18215, "down_block_types":
       ["DownEncoderBlock2D", "DownEncoderBlock2D", "DownEncoderBlock2D", "DownEncoderBlock2D"],
       "up_block_types": ["UpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D",
       "UpDecoderBlock2D"]}\
      """;

  /** text_encoder/config.json of text-to-video-ms-1.7b as published. */
  static final String MODELSCOPE_TEXT =
      """
      {"architectures": ["CLIPTextModel"], "model_type": "clip_text_model", "vocab_size": 49408,
       "max_position_embeddings": 77, "hidden_size": 1024, "intermediate_size": 4096,
       "num_hidden_layers": 23, "num_attention_heads": 16, "hidden_act": "gelu",
       "layer_norm_eps": 1e-05, "projection_dim": 512, "bos_token_id": 0, "eos_token_id": 2,
       "pad_token_id": 1, "attention_dropout": 0.0, "dropout": 0.0, "initializer_factor": 1.0}\
      """;

  @TempDir Path folder;

  private Path config(String json) {
    try {
      return Files.writeString(folder.resolve("config.json"), json);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void zeroscopeUNet() {
    UNetConfig config = UNetConfig.read(config(ZEROSCOPE_UNET));

    assertThat(config.blockOutChannels()).containsExactly(320, 640, 1280, 1280);
    assertThat(config.attentionHeadDim()).containsExactly(64, 64, 64, 64);
    assertThat(config.crossAttentionDim()).isEqualTo(1024);
    assertThat(config.sampleSize()).isEqualTo(32);
    assertThat(List.of(config.downAttention(0), config.downAttention(3)))
        .containsExactly(true, false);
    assertThat(List.of(config.upAttention(0), config.upAttention(3))).containsExactly(false, true);
  }

  @Test
  void missingUNetFieldsHaveDiffusersDefaultsWhichAreTheSame() {
    UNetConfig published = UNetConfig.read(config(ZEROSCOPE_UNET));
    UNetConfig defaults = UNetConfig.read(config("{}"));

    assertThat(defaults.sampleSize()).isZero();
    assertThat(defaults)
        .usingRecursiveComparison()
        .ignoringFields("sampleSize")
        .isEqualTo(published);
  }

  @Test
  void nullsThatDiffusersWrites() {
    UNetConfig config =
        UNetConfig.read(
            config(
                """
                {"sample_size": null, "num_attention_heads": null, "time_cond_proj_dim": null,
                 "attention_head_dim": [5, 10, 20, 20]}\
                """));

    assertThat(config.sampleSize()).isZero();
    assertThat(config.attentionHeadDim()).containsExactly(5, 10, 20, 20);
  }

  @Test
  void modelscopeVae() {
    VaeConfig config = VaeConfig.read(config(MODELSCOPE_VAE));

    assertThat(config.factor()).isEqualTo(8);
    assertThat(config.scalingFactor()).isEqualTo(0.18215);
    assertThat(config.useQuantConv()).isTrue();
    assertThat(config.midBlockAddAttention()).isTrue();
  }

  @Test
  void modelscopeTextEncoder() {
    TextEncoderConfig config = TextEncoderConfig.read(config(MODELSCOPE_TEXT));

    assertThat(config.hiddenAct()).isEqualTo(TextEncoderConfig.Activation.GELU);
    assertThat(config.eosTokenId()).isEqualTo(2);
    assertThat(config.numHiddenLayers()).isEqualTo(23);
  }

  @Test
  void missingTextFieldsHaveTransformersDefaults() {
    TextEncoderConfig config = TextEncoderConfig.read(config("{}"));

    assertThat(config)
        .isEqualTo(
            new TextEncoderConfig(
                49408, 512, 2048, 12, 8, 77, TextEncoderConfig.Activation.QUICK_GELU, 1e-5, 49407));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      value = {
        "\"_class_name\": \"UNet2DConditionModel\" | _class_name | UNet3DConditionModel",
        "\"act_fn\": \"mish\" | act_fn | silu",
        "\"num_attention_heads\": 8 | num_attention_heads | null",
        "\"time_cond_proj_dim\": 64 | time_cond_proj_dim | null",
        "\"down_block_types\": [\"AttnDownBlock3D\", \"DownBlock3D\", \"DownBlock3D\","
            + " \"DownBlock3D\"] | AttnDownBlock3D | CrossAttnDownBlock3D",
        "\"up_block_types\": [\"UpBlock2D\", \"UpBlock3D\", \"UpBlock3D\", \"UpBlock3D\"] |"
            + " UpBlock2D | UpBlock3D",
        "\"down_block_types\": [\"DownBlock3D\"] | down_block_types | as many as"
            + " block_out_channels: 4",
        "\"up_block_types\": \"UpBlock3D\" | up_block_types | a list",
        "\"block_out_channels\": [] | block_out_channels | a list of integers",
        "\"block_out_channels\": [32, 64.5] | block_out_channels | a list of integers",
        "\"block_out_channels\": [32, -64] | block_out_channels | a list of integers",
        "\"block_out_channels\": 320 | block_out_channels | a list of integers",
        "\"block_out_channels\": [64, 64, 64, 64, 64, 64, 64, 64, 64] | block_out_channels | at"
            + " most 8",
        "\"attention_head_dim\": [64, 64] | attention_head_dim | as many as block_out_channels: 4",
        "\"attention_head_dim\": 48 | attention_head_dim | a divisor",
        "\"attention_head_dim\": 0 | attention_head_dim | 1 or more",
        "\"norm_num_groups\": 48 | norm_num_groups | a divisor",
        "\"norm_num_groups\": null | norm_num_groups | 1 or more",
        "\"layers_per_block\": \"2\" | layers_per_block | an integer",
        "\"downsample_padding\": 0 | downsample_padding | expected 1",
        "\"norm_eps\": 0 | norm_eps | above 0",
        "\"mid_block_scale_factor\": -1 | mid_block_scale_factor | above 0",
        "\"in_channels\": 4, \"in_channels\": 4 | in_channels | Duplicate"
      })
  void unetFieldsThatAreRefused(String fields, String field, String expected) {
    Path path = config("{" + fields + "}");

    assertThatThrownBy(() -> UNetConfig.read(path))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith(path + ": ")
        .hasMessageContaining(field)
        .hasMessageContaining(expected)
        .hasMessageNotContaining("\n");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      value = {
        "\"_class_name\": \"AutoencoderTiny\" | _class_name | AutoencoderKL",
        "\"act_fn\": \"gelu\" | act_fn | silu",
        "\"shift_factor\": 0.1 | shift_factor | null",
        "\"latents_mean\": [0] | latents_mean | null",
        "\"latents_std\": [1] | latents_std | null",
        "\"down_block_types\": [\"DownBlock2D\"] | DownBlock2D | DownEncoderBlock2D",
        "\"up_block_types\": [\"UpDecoderBlock2D\", \"UpDecoderBlock2D\"] | up_block_types | as"
            + " many as block_out_channels: 1",
        "\"norm_num_groups\": 48 | norm_num_groups | a divisor",
        "\"scaling_factor\": 0 | scaling_factor | above 0",
        "\"use_quant_conv\": 1 | use_quant_conv | true or false"
      })
  void vaeFieldsThatAreRefused(String fields, String field, String expected) {
    Path path = config("{" + fields + "}");

    assertThatThrownBy(() -> VaeConfig.read(path))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith(path + ": ")
        .hasMessageContaining(field)
        .hasMessageContaining(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      value = {
        "\"model_type\": \"t5\" | model_type | clip_text_model",
        "\"hidden_act\": \"gelu_new\" | hidden_act | quick_gelu",
        "\"num_attention_heads\": 7 | num_attention_heads | a divisor of hidden_size 512",
        "\"num_hidden_layers\": -1 | num_hidden_layers | 0 or more",
        "\"layer_norm_eps\": true | layer_norm_eps | a number"
      })
  void textFieldsThatAreRefused(String fields, String field, String expected) {
    Path path = config("{" + fields + "}");

    assertThatThrownBy(() -> TextEncoderConfig.read(path))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith(path + ": ")
        .hasMessageContaining(field)
        .hasMessageContaining(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      value = {
        "[] | an object",
        "{ | not valid JSON",
        "{} x | not valid JSON",
        "'' | not valid JSON"
      })
  void filesThatAreNoConfiguration(String json, String expected) {
    Path path = config(json);

    assertThatThrownBy(() -> UNetConfig.read(path))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith(path + ": ")
        .hasMessageContaining(expected);
  }

  @Test
  void aMissingFile() {
    assertThatThrownBy(() -> UNetConfig.read(folder.resolve("none.json")))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("none.json: no such file");
  }

  @Test
  void levelsOfAttentionLayersAreHalvedRoundingUp() {
    AttentionLayer layer = new AttentionLayer("x", AttentionLayer.Kind.SELF, 3, 1, 8, true);

    assertThat(layer.height(72)).isEqualTo(9);
    assertThat(layer.width(9)).isEqualTo(2);
    assertThat(layer.width(11)).isEqualTo(2);
    assertThat(layer.height(1)).isEqualTo(1);
  }
}
