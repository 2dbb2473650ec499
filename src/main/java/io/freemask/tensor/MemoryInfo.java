package io.freemask.tensor;

/**
 * Tensor memory of a device, counted over the whole process.
 *
 * @param usedBytes held by tensors now
 * @param peakBytes most held at a time since the last {@link Context#resetPeak}
 * @param cachedBytes freed by tensors and kept for reuse
 */
public record MemoryInfo(long usedBytes, long peakBytes, long cachedBytes) {}
