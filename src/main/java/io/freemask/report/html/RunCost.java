package io.freemask.report.html;

import io.freemask.Progress;
import io.freemask.RunStatistics;
import j2html.tags.DomContent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What a run took. */
final class RunCost {

  private RunCost() {}

  static DomContent[] of(RunStatistics statistics) {
    List<String> names = new ArrayList<>();
    List<Double> seconds = new ArrayList<>();
    for (Map.Entry<Progress.Phase, Duration> phase : statistics.timings().entrySet()) {
      names.add(phase.getKey().label());
      seconds.add(phase.getValue().toMillis() / 1000.0);
    }
    Map<String, String> memory = new LinkedHashMap<>();
    memory.put("Most in tensors", mebibytes(statistics.peakTensorBytes()));
    memory.put("Most in the process", mebibytes(statistics.peakResidentBytes()));
    memory.put("Estimated before the run", statistics.estimate().toString());
    return new DomContent[] {
      Charts.bars(
          "",
          "seconds",
          names,
          List.of(new Charts.Series("seconds", seconds)),
          String.format(
              Locale.ROOT,
              "Seconds of each phase until this page was made; %.1f s in all.",
              statistics.total().toMillis() / 1000.0)),
      Tables.facts(memory)
    };
  }

  private static String mebibytes(long bytes) {
    return String.format(Locale.ROOT, "%.0f MiB", bytes / (double) (1 << 20));
  }
}
