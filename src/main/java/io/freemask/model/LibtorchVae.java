package io.freemask.model;

import io.freemask.internal.ffi.Handle;
import io.freemask.internal.ffi.VaeCalls;
import io.freemask.tensor.Context;
import io.freemask.tensor.DType;
import io.freemask.tensor.Tensor;
import java.nio.file.Path;

/** {@link Vae} in the libtorch engine. */
final class LibtorchVae implements Vae {

  /** One frame at a time, so that memory does not grow with their number. */
  private static final int SLICE_FRAMES = 1;

  private final Context context;
  private final Handle handle;
  private final VaeConfig config;

  private LibtorchVae(Context context, Handle handle, VaeConfig config) {
    this.context = context;
    this.handle = handle;
    this.config = config;
  }

  static LibtorchVae load(Path folder, VaeConfig config, Context context, DType dtype) {
    Handle handle =
        WeightLoading.load(
            folder,
            WeightLoading.diffusers(folder),
            context,
            dtype,
            (weights, destroyed) ->
                VaeCalls.create(
                    context.handle(), weights, config.toNative(), dtype.code(), destroyed));
    return new LibtorchVae(context, handle, config);
  }

  @Override
  public VaeConfig config() {
    return config;
  }

  @Override
  public Posterior encode(Tensor pixels, Callbacks callbacks) {
    VaeCalls.Posterior posterior =
        VaeCalls.encode(context.handle(), handle, pixels.handle(), SLICE_FRAMES, callbacks.sink());
    return new Posterior(
        Tensor.ofHandle(context, posterior.mean()), Tensor.ofHandle(context, posterior.logvar()));
  }

  @Override
  public Tensor decode(Tensor latents, Callbacks callbacks) {
    return Tensor.ofHandle(
        context,
        VaeCalls.decode(
            context.handle(), handle, latents.handle(), SLICE_FRAMES, callbacks.sink()));
  }

  @Override
  public void close() {
    handle.close();
  }
}
