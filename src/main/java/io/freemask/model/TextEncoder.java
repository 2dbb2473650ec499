package io.freemask.model;

import io.freemask.InvalidInputException;
import io.freemask.internal.ffi.Handle;
import io.freemask.internal.ffi.TextEncoderCalls;
import io.freemask.tensor.Context;
import io.freemask.tensor.DType;
import io.freemask.tensor.NativeResource;
import io.freemask.tensor.Shape;
import io.freemask.tensor.Tensor;
import java.nio.file.Path;

/** The text tower of CLIP: {@code CLIPTextModel} of transformers. */
public final class TextEncoder implements NativeResource {

  private final Context context;
  private final Handle handle;
  private final TextEncoderConfig config;

  private TextEncoder(Context context, Handle handle, TextEncoderConfig config) {
    this.context = context;
    this.handle = handle;
    this.config = config;
  }

  /**
   * Loads a text encoder from the folder of its {@code config.json} and weights.
   *
   * @param dtype what it computes in: F32, F16 or BF16
   * @throws InvalidInputException when the configuration or the weights are missing, damaged or not
   *     supported, or do not fit each other
   */
  public static TextEncoder load(Path folder, Context context, DType dtype) {
    return load(folder, TextEncoderConfig.read(folder.resolve("config.json")), context, dtype);
  }

  static TextEncoder load(Path folder, TextEncoderConfig config, Context context, DType dtype) {
    Handle handle =
        WeightLoading.load(
            folder,
            WeightLoading.transformers(folder),
            context,
            dtype,
            (weights, destroyed) ->
                TextEncoderCalls.create(
                    context.handle(), weights, config.toNative(), dtype.code(), destroyed));
    return new TextEncoder(context, handle, config);
  }

  /** Returns the configuration. */
  public TextEncoderConfig config() {
    return config;
  }

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
  public Tensor forward(long[][] ids, Callbacks callbacks) {
    int length = ids.length == 0 ? 0 : ids[0].length;
    if (length == 0) {
      throw new InvalidInputException("token ids are empty, expected at least one row and column");
    }
    long[] flat = new long[Math.multiplyExact(ids.length, length)];
    for (int row = 0; row < ids.length; row++) {
      if (ids[row].length != length) {
        throw new InvalidInputException(
            "row " + row + " has " + ids[row].length + " token ids, expected " + length);
      }
      System.arraycopy(ids[row], 0, flat, row * length, length);
    }
    long[] sizes = Shape.of(ids.length, length).toArray();
    return Tensor.ofHandle(
        context, TextEncoderCalls.forward(context.handle(), handle, flat, sizes, callbacks.sink()));
  }

  @Override
  public void close() {
    handle.close();
  }
}
