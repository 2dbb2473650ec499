package io.freemask;

import java.time.Duration;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;

/**
 * What a run took.
 *
 * @param timings by phase
 * @param peakTensorBytes the most that tensors of the device held at a time
 * @param peakResidentBytes the most memory that the process has had; 0 where the system does not
 *     say
 * @param estimate what was expected
 */
public record RunStatistics(
    Map<Progress.Phase, Duration> timings,
    long peakTensorBytes,
    long peakResidentBytes,
    MemoryEstimate estimate) {

  /** Copies the map. */
  public RunStatistics {
    Map<Progress.Phase, Duration> copy = new EnumMap<>(Progress.Phase.class);
    copy.putAll(timings);
    timings = Collections.unmodifiableMap(copy);
  }

  /** Returns the sum of all phases. */
  public Duration total() {
    return timings.values().stream().reduce(Duration.ZERO, Duration::plus);
  }
}
