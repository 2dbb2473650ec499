package io.freemask.model;

import io.freemask.internal.ffi.Handle;
import io.freemask.internal.ffi.TextEncoderCalls;
import io.freemask.tensor.Context;
import io.freemask.tensor.DType;
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
    TokenBatch batch = TokenBatch.of(ids);
    return Tensor.ofHandle(
        context,
        TextEncoderCalls.forward(
            context.handle(), handle, batch.ids(), batch.sizes(), callbacks.sink()));
  }

  @Override
  public void close() {
    handle.close();
  }
}
