package io.freemask.model;

import io.freemask.InvalidInputException;
import io.freemask.internal.config.ConfigFile;
import io.freemask.internal.ffi.TextEncoderCalls;
import java.nio.file.Path;
import java.util.List;

/**
 * Configuration of a {@code CLIPTextModel} of transformers, under its field names and with its
 * defaults. Fields that matter only to training or to generating text are not read.
 *
 * @param vocabSize number of tokens
 * @param hiddenSize channels of the states
 * @param intermediateSize channels inside the feed-forward layers
 * @param numHiddenLayers layers, 0 or more
 * @param numAttentionHeads heads of a layer
 * @param maxPositionEmbeddings most tokens of a prompt
 * @param hiddenAct activation of the feed-forward layers
 * @param layerNormEps epsilon of the layer norms
 * @param eosTokenId end of a prompt, for the pooled output alone; 2 stands for the largest id
 */
public record TextEncoderConfig(
    int vocabSize,
    int hiddenSize,
    int intermediateSize,
    int numHiddenLayers,
    int numAttentionHeads,
    int maxPositionEmbeddings,
    Activation hiddenAct,
    double layerNormEps,
    int eosTokenId) {

  /** Activations of transformers. */
  public enum Activation {
    /** Exact, with the error function. */
    GELU,
    /** {@code x * sigmoid(1.702 x)}. */
    QUICK_GELU;

    static Activation read(ConfigFile file) {
      String name = file.choice("hidden_act", "quick_gelu", List.of("gelu", "quick_gelu"));
      return name.equals("gelu") ? GELU : QUICK_GELU;
    }
  }

  /**
   * Reads a {@code config.json}.
   *
   * @throws InvalidInputException when a field has a value that is wrong or not supported
   */
  public static TextEncoderConfig read(Path path) {
    return read(ConfigFile.read(path));
  }

  static TextEncoderConfig read(ConfigFile file) {
    file.choice("model_type", "clip_text_model", List.of("clip_text_model"));
    int hidden = file.positive("hidden_size", 512);
    int heads = file.positive("num_attention_heads", 8);
    if (hidden % heads != 0) {
      throw file.wrong("num_attention_heads", "a divisor of hidden_size " + hidden);
    }
    return new TextEncoderConfig(
        file.positive("vocab_size", 49408),
        hidden,
        file.positive("intermediate_size", 2048),
        file.notNegative("num_hidden_layers", 12),
        heads,
        file.positive("max_position_embeddings", 77),
        Activation.read(file),
        file.positiveNumber("layer_norm_eps", 1e-5),
        file.has("eos_token_id") ? file.notNegative("eos_token_id", 0) : 49407);
  }

  TextEncoderCalls.Config toNative() {
    return new TextEncoderCalls.Config(
        vocabSize,
        hiddenSize,
        intermediateSize,
        numHiddenLayers,
        numAttentionHeads,
        maxPositionEmbeddings,
        hiddenAct == Activation.QUICK_GELU,
        eosTokenId,
        (float) layerNormEps);
  }
}
