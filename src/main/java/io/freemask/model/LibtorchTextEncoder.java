package io.freemask.model;

import io.freemask.InvalidInputException;
import io.freemask.internal.ffi.Handle;
import io.freemask.internal.ffi.TextEncoderCalls;
import io.freemask.tensor.Context;
import io.freemask.tensor.DType;
import io.freemask.tensor.Shape;
import io.freemask.tensor.Tensor;
import java.nio.file.Path;

/** {@link TextEncoder} in the libtorch engine. */
final class LibtorchTextEncoder implements TextEncoder {

  private final Context context;
  private final Handle handle;
  private final TextEncoderConfig config;

  private LibtorchTextEncoder(Context context, Handle handle, TextEncoderConfig config) {
    this.context = context;
    this.handle = handle;
    this.config = config;
  }

  static LibtorchTextEncoder load(
      Path folder, TextEncoderConfig config, Context context, DType dtype) {
    Handle handle =
        WeightLoading.load(
            folder,
            WeightLoading.transformers(folder),
            context,
            dtype,
            (weights, destroyed) ->
                TextEncoderCalls.create(
                    context.handle(), weights, config.toNative(), dtype.code(), destroyed));
    return new LibtorchTextEncoder(context, handle, config);
  }

  @Override
  public TextEncoderConfig config() {
    return config;
  }

  @Override
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
