package io.freemask.model;

import io.freemask.tensor.Shape;
import java.util.List;
import java.util.Map;

/** The parameters of a {@code CLIPTextModel}, from its configuration alone. */
public final class TextEncoderLayout {

  private TextEncoderLayout() {}

  /** Returns name and shape of every parameter, without the prefix {@code text_model.}. */
  public static Map<String, Shape> parameters(TextEncoderConfig config) {
    ParameterList list = new ParameterList();
    long hidden = config.hiddenSize();
    list.add("embeddings.token_embedding.weight", config.vocabSize(), hidden);
    list.add("embeddings.position_embedding.weight", config.maxPositionEmbeddings(), hidden);
    for (int i = 0; i < config.numHiddenLayers(); i++) {
      String layer = "encoder.layers." + i;
      list.norm(layer + ".layer_norm1", hidden);
      for (String name : List.of("q_proj", "k_proj", "v_proj", "out_proj")) {
        list.linear(layer + ".self_attn." + name, hidden, hidden);
      }
      list.norm(layer + ".layer_norm2", hidden);
      list.linear(layer + ".mlp.fc1", hidden, config.intermediateSize());
      list.linear(layer + ".mlp.fc2", config.intermediateSize(), hidden);
    }
    list.norm("final_layer_norm", hidden);
    return list.parameters();
  }
}
