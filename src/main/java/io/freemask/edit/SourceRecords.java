package io.freemask.edit;

import io.freemask.model.AttentionLayer;
import io.freemask.tensor.DType;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which editing steps take the source from a cache. Step s of T needs record k = T-1-s of the
 * inversion, whose forward pass has the same input: queries and keys of the layers that the step
 * fuses. Records of steps with more windows open are larger, so the smallest are kept: that saves
 * the most steps.
 *
 * @param steps the editing steps
 * @param use what that comes to
 */
record SourceRecords(Set<Integer> steps, SourceCacheUse use) {

  /** Tensors of a record begin at multiples of this, as in the native cache. */
  private static final long ALIGNMENT = 256;

  SourceRecords {
    steps = Set.copyOf(steps);
  }

  /**
   * Chooses.
   *
   * @param dtype what the UNet computes in
   * @param budget in bytes
   * @param firstRecord the first record that is yet to be inverted; the others cannot be kept
   */
  static SourceRecords choose(ResolvedPlan plan, DType dtype, long budget, int firstRecord) {
    int last = plan.plan().steps() - 1;
    List<Integer> fused = new ArrayList<>();
    for (int step = 0; step <= last; step++) {
      if (bytes(plan, step, dtype) > 0) {
        fused.add(step);
      }
    }
    List<Integer> candidates =
        fused.stream()
            .filter(step -> last - step >= firstRecord)
            .sorted(Comparator.comparingLong(step -> bytes(plan, step, dtype)))
            .toList();
    Set<Integer> chosen = new TreeSet<>();
    long used = 0;
    for (int step : candidates) {
      long bytes = bytes(plan, step, dtype);
      if (used + bytes > budget) {
        break;
      }
      chosen.add(step);
      used += bytes;
    }
    return new SourceRecords(chosen, new SourceCacheUse(chosen.size(), fused.size(), used));
  }

  /** Returns the size of the record that a step needs, 0 if it fuses nothing. */
  private static long bytes(ResolvedPlan plan, int step, DType dtype) {
    LayerGrid grid = plan.grid();
    long bytes = 0;
    for (AttentionLayer layer : grid.layers()) {
      OptionalLong limit = plan.maxTokens(layer.kind(), step);
      long pixels = grid.sizeOf(layer).tokens();
      if (layer.controlled()
          && limit.isPresent()
          && (limit.getAsLong() == 0 || pixels <= limit.getAsLong())) {
        long row = (long) layer.heads() * layer.headDim() * dtype.bytes();
        long queries = grid.frames() * pixels;
        bytes += aligned(queries * row);
        bytes +=
            aligned((layer.kind() == AttentionLayer.Kind.CROSS ? plan.tokens() : queries) * row);
      }
    }
    return bytes;
  }

  private static long aligned(long bytes) {
    return Math.ceilDiv(bytes, ALIGNMENT) * ALIGNMENT;
  }
}
