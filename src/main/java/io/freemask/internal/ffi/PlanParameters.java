package io.freemask.internal.ffi;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The fields of {@code fmk_attention_plan_t}. Modes and polarity are the enums of {@code fmk.h}, by
 * their place there.
 */
@SuppressWarnings("ArrayRecordComponent") // handed on to native memory and dropped
public record PlanParameters(
    Source source,
    int editItem,
    int crossMode,
    int selfMode,
    int temporalMode,
    int temporalPolarity,
    int tokens,
    long crossMaxTokens,
    long selfMaxTokens,
    long temporalMaxTokens,
    float @Nullable [] crossMatrix,
    float @Nullable [] crossWeights,
    float @Nullable [] crossEqualizer,
    float @Nullable [] crossAlpha,
    List<Handle> crossMasks,
    List<Handle> selfMasks,
    List<Handle> temporalMasks) {

  /**
   * Where the source is.
   *
   * @param kind of {@code fmk_source}, by its place there
   */
  public record Source(int kind, int item, int record, @Nullable Handle cache) {}
}
