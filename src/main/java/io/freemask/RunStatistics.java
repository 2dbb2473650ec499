package io.freemask;

import io.freemask.tensor.AttentionRuns;
import java.time.Duration;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * What a run took.
 *
 * @param timings by phase
 * @param peakTensorBytes the most that tensors of the device held at a time
 * @param peakResidentBytes the most memory that the process has had; 0 where the system does not
 *     say
 * @param estimate what was expected
 * @param attention which attention ran since the models were loaded; empty without models
 */
public record RunStatistics(
    Map<Progress.Phase, Duration> timings,
    long peakTensorBytes,
    long peakResidentBytes,
    MemoryEstimate estimate,
    List<AttentionRuns> attention) {

  /** Copies the map and the list. */
  public RunStatistics {
    Map<Progress.Phase, Duration> copy = new EnumMap<>(Progress.Phase.class);
    copy.putAll(timings);
    attention = List.copyOf(attention);
    timings = Collections.unmodifiableMap(copy);
  }

  /** Returns the sum of all phases. */
  public Duration total() {
    return timings.values().stream().reduce(Duration.ZERO, Duration::plus);
  }
}
