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
  private int phaseFirst;

  RunClock(ProgressListener listener, CancellationToken token) {
    this.listener = listener;
    this.token = token;
  }

  /** Returns whether the run is cancelled. */
  boolean isCancelled() {
    return token.isCancelled();
  }

  /**
   * Reports a phase: the first call begins it, at step 0 or where an earlier run has come to, every
   * later call says that steps are done.
   *
   * @throws CancelledException if the run is cancelled
   */
  void report(Progress.Phase phase, int step, int total) {
    long now = System.nanoTime();
    if (!timings.containsKey(phase)) {
      phaseStart = now;
      phaseFirst = step;
    }
    int done = step - phaseFirst;
    Duration spent = Duration.ofNanos(now - phaseStart);
    Optional<Duration> remaining =
        done == 0
            ? Optional.empty()
            : Optional.of(Duration.ofNanos((now - phaseStart) / done * (total - step)));
    timings.put(phase, spent);
    token.throwIfCancelled();
    listener.onProgress(new Progress(phase, step, total, Duration.ofNanos(now - start), remaining));
  }

  /** Returns what each phase took. */
  Map<Progress.Phase, Duration> timings() {
    return timings;
  }
}
