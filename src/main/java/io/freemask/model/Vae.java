package io.freemask.model;

import io.freemask.InvalidInputException;
import io.freemask.internal.ffi.Handle;
import io.freemask.internal.ffi.VaeCalls;
import io.freemask.tensor.Context;
import io.freemask.tensor.DType;
import io.freemask.tensor.NativeResource;
import io.freemask.tensor.Tensor;
import java.nio.file.Path;

/** The image autoencoder: {@code AutoencoderKL} of diffusers. It sees frames as a batch. */
public final class Vae implements NativeResource {

  /** One frame at a time, so that memory does not grow with their number. */
  private static final int SLICE_FRAMES = 1;

  private final Context context;
  private final Handle handle;
  private final VaeConfig config;

  private Vae(Context context, Handle handle, VaeConfig config) {
    this.context = context;
    this.handle = handle;
    this.config = config;
  }

  /**
   * Loads a VAE from the folder of its {@code config.json} and weights.
   *
   * @param dtype what it computes in: F32, F16 or BF16
   * @throws InvalidInputException when the configuration or the weights are missing, damaged or not
   *     supported, or do not fit each other
   */
  public static Vae load(Path folder, Context context, DType dtype) {
    return load(folder, VaeConfig.read(folder.resolve("config.json")), context, dtype);
  }

  static Vae load(Path folder, VaeConfig config, Context context, DType dtype) {
    Handle handle =
        WeightLoading.load(
            folder,
            WeightLoading.diffusers(folder),
            context,
            dtype,
            (weights, destroyed) ->
                VaeCalls.create(
                    context.handle(), weights, config.toNative(), dtype.code(), destroyed));
    return new Vae(context, handle, config);
  }

  /**
   * The distribution of the latents of frames.
   *
   * @param mean [F,4,H/f,W/f] F32, unscaled
   * @param logvar logarithm of the variance, of the same shape, in [-30,20]
   */
  public record Posterior(Tensor mean, Tensor logvar) implements NativeResource {

    @Override
    public void close() {
      mean.close();
      logvar.close();
    }
  }

  /** Returns the configuration. */
  public VaeConfig config() {
    return config;
  }

  /** Returns what latents are multiplied with before the UNet sees them. */
  public double scalingFactor() {
    return config.scalingFactor();
  }

  /** Returns f, how many pixels a latent is wide and high. */
  public int factor() {
    return config.factor();
  }

  /**
   * Encodes frames.
   *
   * @param pixels [F,3,H,W] in [-1,1], H and W multiples of {@link #factor}
   * @return unscaled, owned by the caller
   * @throws io.freemask.InvalidInputException when the shape is another
   */
  public Posterior encode(Tensor pixels, Callbacks callbacks) {
    VaeCalls.Posterior posterior =
        VaeCalls.encode(context.handle(), handle, pixels.handle(), SLICE_FRAMES, callbacks.sink());
    return new Posterior(
        Tensor.ofHandle(context, posterior.mean()), Tensor.ofHandle(context, posterior.logvar()));
  }

  /**
   * Decodes latents.
   *
   * @param latents [F,4,h,w], unscaled: divided by {@link #scalingFactor}
   * @return pixels [F,3,H,W] F32, about [-1,1] and not clamped, owned by the caller
   * @throws io.freemask.InvalidInputException when the shape is another
   */
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
