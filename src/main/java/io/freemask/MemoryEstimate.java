package io.freemask;

import java.util.Locale;

/**
 * About how much memory a run needs at a time.
 *
 * @param weightsBytes the models' weights
 * @param unetBytes the largest forward pass of the UNet
 * @param vaeBytes the largest pass of the VAE, which is not at the same time as the UNet's
 * @param latentsBytes the latents and masks that are kept
 * @param sourceCacheBytes what is kept of the source in the memory that the models are in
 */
public record MemoryEstimate(
    long weightsBytes, long unetBytes, long vaeBytes, long latentsBytes, long sourceCacheBytes) {

  /** Of the runtimes: the JVM and libtorch. */
  private static final long RUNTIME_BYTES = 512L << 20;

  /** Returns the sum of what tensors hold at the same time. */
  public long totalBytes() {
    return weightsBytes + passBytes() + latentsBytes + sourceCacheBytes;
  }

  /**
   * Returns about what the process takes on a CPU: its allocator keeps freed memory for reuse,
   * about as much as a pass holds, and the runtimes need theirs.
   */
  public long processBytes() {
    return totalBytes() + passBytes() + RUNTIME_BYTES;
  }

  private long passBytes() {
    return Math.max(unetBytes, vaeBytes);
  }

  /** Returns one line, such as "5.32 GiB (weights 3.10, UNet 2.10, VAE 1.00, latents 0.12)". */
  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "%.2f GiB (weights %.2f, UNet %.2f, VAE %.2f, latents %.2f%s)",
        gib(totalBytes()),
        gib(weightsBytes),
        gib(unetBytes),
        gib(vaeBytes),
        gib(latentsBytes),
        sourceCacheBytes == 0
            ? ""
            : String.format(Locale.ROOT, ", source cache %.2f", gib(sourceCacheBytes)));
  }

  private static double gib(long bytes) {
    return bytes / (double) (1L << 30);
  }
}
