package io.freemask.model;

import io.freemask.InvalidInputException;
import io.freemask.tensor.Context;
import io.freemask.tensor.DType;
import io.freemask.tensor.NativeResource;
import io.freemask.tensor.Tensor;
import java.nio.file.Path;

/** The image autoencoder: {@code AutoencoderKL} of diffusers. It sees frames as a batch. */
public interface Vae extends NativeResource {

  /**
   * Loads a VAE from the folder of its {@code config.json} and weights.
   *
   * @param dtype what it computes in: F32, F16 or BF16
   * @throws InvalidInputException when the configuration or the weights are missing, damaged or not
   *     supported, or do not fit each other
   */
  static Vae load(Path folder, Context context, DType dtype) {
    return LibtorchVae.load(folder, VaeConfig.read(folder.resolve("config.json")), context, dtype);
  }

  /**
   * The distribution of the latents of frames.
   *
   * @param mean [F,4,H/f,W/f] F32, unscaled
   * @param logvar logarithm of the variance, of the same shape, in [-30,20]
   */
  record Posterior(Tensor mean, Tensor logvar) implements NativeResource {

    @Override
    public void close() {
      mean.close();
      logvar.close();
    }
  }

  /** Returns the configuration. */
  VaeConfig config();

  /** Returns what latents are multiplied with before the UNet sees them. */
  default double scalingFactor() {
    return config().scalingFactor();
  }

  /** Returns f, how many pixels a latent is wide and high. */
  default int factor() {
    return config().factor();
  }

  /**
   * Encodes frames.
   *
   * @param pixels [F,3,H,W] in [-1,1], H and W multiples of {@link #factor}
   * @return unscaled, owned by the caller
   * @throws io.freemask.InvalidInputException when the shape is another
   */
  Posterior encode(Tensor pixels, Callbacks callbacks);

  /**
   * Decodes latents.
   *
   * @param latents [F,4,h,w], unscaled: divided by {@link #scalingFactor}
   * @return pixels [F,3,H,W] F32, about [-1,1] and not clamped, owned by the caller
   * @throws io.freemask.InvalidInputException when the shape is another
   */
  Tensor decode(Tensor latents, Callbacks callbacks);
}
