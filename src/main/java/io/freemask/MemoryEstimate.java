package io.freemask;

import java.util.Locale;

/**
 * About how much memory of its device a run needs at a time.
 *
 * @param weightsBytes the models' weights
 * @param unetBytes the largest forward pass of the UNet
 * @param vaeBytes the largest pass of the VAE, which is not at the same time as the UNet's
 * @param latentsBytes the latents and masks that are kept
 */
public record MemoryEstimate(long weightsBytes, long unetBytes, long vaeBytes, long latentsBytes) {

  /** Returns the sum of what is held at the same time. */
  public long totalBytes() {
    return weightsBytes + Math.max(unetBytes, vaeBytes) + latentsBytes;
  }

  /** Returns one line, such as "5.32 GiB (weights 3.10, UNet 2.10, VAE 1.00, latents 0.12)". */
  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "%.2f GiB (weights %.2f, UNet %.2f, VAE %.2f, latents %.2f)",
        gib(totalBytes()),
        gib(weightsBytes),
        gib(unetBytes),
        gib(vaeBytes),
        gib(latentsBytes));
  }

  private static double gib(long bytes) {
    return bytes / (double) (1L << 30);
  }
}
