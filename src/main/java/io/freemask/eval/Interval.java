package io.freemask.eval;

import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * A mean and its 95 % interval by the percentile bootstrap (Efron and Tibshirani, An introduction
 * to the bootstrap, 1993): 10,000 resamples, seeded, so that the same values give the same
 * interval.
 *
 * @param mean of the values
 * @param low 2.5th percentile of the resampled means
 * @param high 97.5th percentile
 * @param count how many values
 */
public record Interval(double mean, double low, double high, int count) {

  private static final int RESAMPLES = 10_000;
  private static final double TAIL = 0.025;
  private static final long SEED = 1;

  /**
   * Returns the interval of values.
   *
   * @param values at least one
   */
  public static Interval of(List<Double> values) {
    if (values.isEmpty()) {
      throw new IllegalArgumentException("0 values, expected at least 1");
    }
    double[] all = values.stream().mapToDouble(Double::doubleValue).toArray();
    Random random = new Random(SEED);
    double[] means = new double[RESAMPLES];
    for (int i = 0; i < RESAMPLES; i++) {
      double sum = 0;
      for (int j = 0; j < all.length; j++) {
        sum += all[random.nextInt(all.length)];
      }
      means[i] = sum / all.length;
    }
    Arrays.sort(means);
    return new Interval(
        Arrays.stream(all).average().orElseThrow(),
        means[(int) (TAIL * RESAMPLES)],
        means[(int) ((1 - TAIL) * RESAMPLES) - 1],
        all.length);
  }

  /** Returns whether 0 lies outside. */
  public boolean excludesZero() {
    return low > 0 || high < 0;
  }
}
