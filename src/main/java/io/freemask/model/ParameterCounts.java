package io.freemask.model;

/**
 * Numbers of parameters of a checkpoint's models.
 *
 * @param unet of the UNet
 * @param vae of the VAE
 * @param textEncoder of the text encoder
 */
public record ParameterCounts(long unet, long vae, long textEncoder) {

  /** Returns the sum. */
  public long total() {
    return unet + vae + textEncoder;
  }
}
