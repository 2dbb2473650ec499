package io.freemask;

import io.freemask.tensor.DType;
import io.freemask.tensor.Device;
import java.util.Locale;
import java.util.OptionalLong;

/** Refuses a run that does not fit, before its first step. */
final class MemoryGuard {

  private MemoryGuard() {}

  /**
   * Compares an estimate with the limit and with what the machine has left.
   *
   * @param loaded whether the weights are in memory already
   * @param available what the machine has left, if it is known
   * @throws OutOfMemoryException naming the number and the options that lower it
   */
  static void require(
      MemoryEstimate estimate, EditorOptions options, boolean loaded, OptionalLong available) {
    long limit = options.memoryLimitBytes();
    if (limit > 0 && estimate.totalBytes() > limit) {
      throw tooLarge(estimate, " of tensors, the memory limit is " + gib(limit), options);
    }
    // An editor that has run before holds its weights, runtimes and caches already.
    long needed =
        loaded ? estimate.totalBytes() - estimate.weightsBytes() : estimate.processBytes();
    if (options.device().kind() == Device.Kind.CPU
        && available.isPresent()
        && needed > available.getAsLong()) {
      throw tooLarge(
          estimate,
          " of tensors and "
              + gib(needed)
              + " in all, "
              + gib(available.getAsLong())
              + " is available",
          options);
    }
  }

  /**
   * Compares a cache in the host's memory beside models on a GPU with what the machine has left.
   *
   * @throws OutOfMemoryException naming both
   */
  static void requireHost(long cacheBytes, OptionalLong available) {
    if (available.isPresent() && cacheBytes > available.getAsLong()) {
      throw new OutOfMemoryException(
          "this run's source cache needs "
              + gib(cacheBytes)
              + " of the host's memory, "
              + gib(available.getAsLong())
              + " is available; a smaller source cache needs less");
    }
  }

  private static OutOfMemoryException tooLarge(
      MemoryEstimate estimate, String have, EditorOptions options) {
    return new OutOfMemoryException(
        "this run needs about "
            + estimate
            + have
            + "; fewer frames or a smaller size"
            + (estimate.sourceCacheBytes() > 0 ? " or a smaller source cache" : "")
            + (options.dtype() == DType.F32 ? " or dtype bf16" : "")
            + " lower it");
  }

  private static String gib(long bytes) {
    return String.format(Locale.ROOT, "%.2f GiB", bytes / (double) (1L << 30));
  }
}
