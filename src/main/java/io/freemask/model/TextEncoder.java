package io.freemask.model;

import io.freemask.InvalidInputException;
import io.freemask.tensor.Context;
import io.freemask.tensor.DType;
import io.freemask.tensor.NativeResource;
import io.freemask.tensor.Tensor;
import java.nio.file.Path;

/** The text tower of CLIP: {@code CLIPTextModel} of transformers. */
public interface TextEncoder extends NativeResource {

  /**
   * Loads a text encoder from the folder of its {@code config.json} and weights.
   *
   * @param dtype what it computes in: F32, F16 or BF16
   * @throws InvalidInputException when the configuration or the weights are missing, damaged or not
   *     supported, or do not fit each other
   */
  static TextEncoder load(Path folder, Context context, DType dtype) {
    return LibtorchTextEncoder.load(
        folder, TextEncoderConfig.read(folder.resolve("config.json")), context, dtype);
  }

  /** Returns the configuration. */
  TextEncoderConfig config();

  /**
   * Encodes prompts.
   *
   * @param ids [B,L] token ids, L at most {@link TextEncoderConfig#maxPositionEmbeddings}
   * @param callbacks probes are called {@code hidden_states.0} (embeddings) to {@code
   *     hidden_states.N} and {@code pooler_output}
   * @return the last hidden states after the final norm, [B,L,C] in the model's dtype, owned by the
   *     caller
   * @throws InvalidInputException when the rows differ in length, are too long, or hold an id that
   *     is not in the vocabulary
   */
  Tensor forward(long[][] ids, Callbacks callbacks);
}
