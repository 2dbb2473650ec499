package io.freemask.model;

import io.freemask.internal.config.ConfigFile;
import io.freemask.internal.ffi.ClipCalls;
import io.freemask.model.TextEncoderConfig.Activation;
import java.util.List;

/**
 * Configuration of CLIP's vision tower, {@code vision_config} of a {@code CLIPModel} of
 * transformers, under its field names and with its defaults.
 *
 * @param hiddenSize channels of the states
 * @param intermediateSize channels inside the feed-forward layers
 * @param numHiddenLayers layers, 0 or more
 * @param numAttentionHeads heads of a layer
 * @param imageSize S, height and width of an image in pixels
 * @param patchSize height and width of a patch in pixels
 * @param hiddenAct activation of the feed-forward layers
 * @param layerNormEps epsilon of the layer norms
 */
public record ClipVisionConfig(
    int hiddenSize,
    int intermediateSize,
    int numHiddenLayers,
    int numAttentionHeads,
    int imageSize,
    int patchSize,
    Activation hiddenAct,
    double layerNormEps) {

  private static final int CHANNELS = 3;

  static ClipVisionConfig read(ConfigFile file) {
    file.choice("model_type", "clip_vision_model", List.of("clip_vision_model"));
    if (file.positive("num_channels", CHANNELS) != CHANNELS) {
      throw file.wrong("num_channels", String.valueOf(CHANNELS));
    }
    int hidden = file.positive("hidden_size", 768);
    int heads = file.positive("num_attention_heads", 12);
    if (hidden % heads != 0) {
      throw file.wrong("num_attention_heads", "a divisor of hidden_size " + hidden);
    }
    int image = file.positive("image_size", 224);
    int patch = file.positive("patch_size", 32);
    if (patch > image) {
      throw file.wrong("patch_size", "at most image_size " + image);
    }
    return new ClipVisionConfig(
        hidden,
        file.positive("intermediate_size", 3072),
        file.notNegative("num_hidden_layers", 12),
        heads,
        image,
        patch,
        Activation.read(file),
        file.positiveNumber("layer_norm_eps", 1e-5));
  }

  ClipCalls.VisionConfig toNative() {
    return new ClipCalls.VisionConfig(
        hiddenSize,
        intermediateSize,
        numHiddenLayers,
        numAttentionHeads,
        CHANNELS,
        imageSize,
        patchSize,
        hiddenAct == Activation.QUICK_GELU,
        (float) layerNormEps);
  }
}
