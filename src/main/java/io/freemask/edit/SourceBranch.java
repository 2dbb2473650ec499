package io.freemask.edit;

import io.freemask.model.AttentionLayer.Kind;
import io.freemask.model.AttentionPlan;
import io.freemask.model.SourceCache;
import io.freemask.tensor.Context;
import io.freemask.tensor.DType;
import io.freemask.tensor.NativeResource;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Where the editing steps of one edit have their source from: an item of their batch that is
 * computed again, or the cache that the inversion fills.
 */
final class SourceBranch implements NativeResource {

  private static final System.Logger LOGGER = System.getLogger(SourceBranch.class.getName());

  private final ResolvedPlan resolved;
  private final SourceRecords records;
  private final @Nullable SourceCache cache;

  private SourceBranch(ResolvedPlan resolved, SourceRecords records, @Nullable SourceCache cache) {
    this.resolved = resolved;
    this.records = records;
    this.cache = cache;
  }

  /**
   * Opens the cache of an edit.
   *
   * @param dtype what the UNet computes in
   * @param limit null for no cache
   * @param inverted how many records have been inverted before, which are not in the cache
   * @param listener told that the inversion begins: to reserve a cache can take longer than to fill
   *     it
   */
  static SourceBranch open(
      Context context,
      ResolvedPlan resolved,
      DType dtype,
      @Nullable SourceCacheLimit limit,
      int inverted,
      EditListener listener) {
    if (limit == null) {
      return replayed(resolved, dtype);
    }
    SourceRecords records = SourceRecords.choose(resolved, dtype, limit.bytes(), inverted);
    SourceCacheUse use = records.use();
    LOGGER.log(
        System.Logger.Level.INFO,
        "the source comes from the inversion in {0}, the others compute it again{1}",
        use,
        inverted == 0 ? "" : "; " + inverted + " steps were inverted before");
    listener.onProgress(EditListener.Phase.INVERSION, inverted, resolved.plan().steps());
    return new SourceBranch(
        resolved,
        records,
        use.steps() == 0 ? null : SourceCache.open(context, use.bytes(), limit.place()));
  }

  /** Returns that of an edit without a cache. */
  static SourceBranch replayed(ResolvedPlan resolved, DType dtype) {
    return new SourceBranch(resolved, SourceRecords.choose(resolved, dtype, 0, 0), null);
  }

  SourceCacheUse use() {
    return records.use();
  }

  /** Returns the plan by which the forward pass of a record keeps it, or null if it does not. */
  @Nullable AttentionPlan recording(int record) {
    int step = resolved.plan().steps() - 1 - record;
    if (cache == null || !records.steps().contains(step)) {
      return null;
    }
    // Only what is fused counts, not how.
    OptionalLong cross = resolved.maxTokens(Kind.CROSS, step);
    OptionalLong self = resolved.maxTokens(Kind.SELF, step);
    OptionalLong temporal = resolved.maxTokens(Kind.TEMPORAL, step);
    return new AttentionPlan(
        new AttentionPlan.Recorded(0, cache, record),
        0,
        cross.isEmpty()
            ? null
            : new AttentionPlan.Cross(
                AttentionPlan.Order.MAP_THEN_BLEND,
                cross.getAsLong(),
                null,
                null,
                null,
                null,
                resolved.tokens(),
                List.of()),
        self.isEmpty() ? null : new AttentionPlan.Self(self.getAsLong(), List.of()),
        temporal.isEmpty()
            ? null
            : new AttentionPlan.Temporal(
                AttentionPlan.Mode.MAP,
                AttentionPlan.Polarity.SOURCE_INSIDE,
                temporal.getAsLong(),
                List.of()));
  }

  /** Returns the record that an editing step takes, or null if it computes the source again. */
  AttentionPlan.@Nullable Cached cached(int step) {
    return cache != null && records.steps().contains(step)
        ? new AttentionPlan.Cached(cache, resolved.plan().steps() - 1 - step)
        : null;
  }

  @Override
  public void close() {
    if (cache != null) {
      cache.close();
    }
  }
}
