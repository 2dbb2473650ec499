package io.freemask.model;

import io.freemask.InvalidInputException;
import io.freemask.internal.ffi.Handle;
import io.freemask.internal.ffi.TextEncoderCalls;
import io.freemask.tensor.Context;
import io.freemask.tensor.NativeResource;
import io.freemask.tensor.Shape;
import io.freemask.tensor.Tensor;

/** The text tower of CLIP: {@code CLIPTextModel} of transformers. */
public final class TextEncoder implements NativeResource {

  private final Context context;
  private final Handle handle;
  private final TextEncoderConfig config;

  TextEncoder(Context context, Handle handle, TextEncoderConfig config) {
    this.context = context;
    this.handle = handle;
    this.config = config;
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
