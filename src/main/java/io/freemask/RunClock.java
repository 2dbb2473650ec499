package io.freemask;

import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/** Times the phases of a run and reports them to a listener. */
final class RunClock {

  private final ProgressListener listener;
  private final CancellationToken token;
  private final Map<Progress.Phase, Duration> timings = new EnumMap<>(Progress.Phase.class);
  private final long start = System.nanoTime();
  private long phaseStart = start;

  RunClock(ProgressListener listener, CancellationToken token) {
    this.listener = listener;
    this.token = token;
  }

  /** Returns whether the run is cancelled. */
  boolean isCancelled() {
    return token.isCancelled();
  }

  /**
   * Reports a phase: step 0 begins it, every later call says that steps are done.
   *
   * @throws CancelledException if the run is cancelled
   */
  void report(Progress.Phase phase, int step, int total) {
    long now = System.nanoTime();
    if (step == 0) {
      phaseStart = now;
    }
    Duration spent = Duration.ofNanos(now - phaseStart);
    Optional<Duration> remaining =
        step == 0
            ? Optional.empty()
            : Optional.of(Duration.ofNanos((now - phaseStart) / step * (total - step)));
    timings.put(phase, spent);
    token.throwIfCancelled();
    listener.onProgress(new Progress(phase, step, total, Duration.ofNanos(now - start), remaining));
  }

  /** Returns what each phase took. */
  Map<Progress.Phase, Duration> timings() {
    return timings;
  }
}
