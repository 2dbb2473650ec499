package io.freemask.mmc;

import io.freemask.scheduler.BetaSchedule;
import io.freemask.scheduler.SchedulerConfig;
import java.util.Arrays;
import java.util.List;

/** A small codebook whose numbers are worked out by hand. */
final class CodebookFixtures {

  static final List<Double> THRESHOLDS = List.of(0.2, 0.3, 0.4);

  private CodebookFixtures() {}

  static SchedulerConfig scheduler() {
    return new SchedulerConfig(
        1000,
        0.00085,
        0.012,
        BetaSchedule.SCALED_LINEAR,
        List.of(),
        false,
        1,
        false,
        1,
        SchedulerConfig.PredictionType.EPSILON,
        SchedulerConfig.TimestepSpacing.LEADING,
        false);
  }

  static List<Codebook.Layer> layers() {
    return List.of(
        new Codebook.Layer("down.0", 0, 4, 6, 1),
        new Codebook.Layer("down.1", 1, 2, 3, 2),
        new Codebook.Layer("up.1", 1, 2, 3, 2));
  }

  /**
   * Returns the measurement of a clip at three thresholds: the given MIoU at the middle one, a
   * little less at the first and a little more at the last, where the layer up.1 is best.
   */
  static Measurement measurement(String name, double[][] miou, double[][] groups) {
    return new Measurement(
        name,
        "hash of " + name,
        List.of(plus(miou, -0.01), plus(miou, 0), plus(miou, 0.02)),
        List.of(plus(miou, -0.2), plus(miou, -0.2), plus(miou, -0.2)),
        List.of(plus(groups, 0.03), plus(groups, 0), plus(groups, -0.01)));
  }

  private static CostTable plus(double[][] values, double offset) {
    double[][] moved = new double[values.length][];
    for (int row = 0; row < values.length; row++) {
      moved[row] = Arrays.stream(values[row]).map(v -> v + offset).toArray();
    }
    return CostTable.of(moved);
  }

  static List<Measurement> measurements() {
    return List.of(
        measurement(
            "one",
            new double[][] {{0.3, 0.5}, {0.4, 0.4}, {0.9, 0.5}},
            new double[][] {{0.3, 0.5}, {0.7, 0.5}}),
        measurement(
            "two",
            new double[][] {{0.5, 0.5}, {0.8, 0.2}, {0.7, 0.7}},
            new double[][] {{0.5, 0.5}, {0.9, 0.5}}));
  }

  static Codebook codebook() {
    return codebook(MatchingCost.ONE_MINUS_MIOU);
  }

  static Codebook codebook(MatchingCost form) {
    return new Codebook(
        "small",
        "abc",
        scheduler(),
        List.of(1, 501),
        layers(),
        "clips",
        "def",
        false,
        form,
        0.3,
        measurements().stream().map(m -> Codebook.Video.of(m, 1)).toList(),
        Codebook.Sweep.of(measurements(), THRESHOLDS, form));
  }
}
