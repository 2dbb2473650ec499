package io.freemask.mmc;

import io.freemask.InvalidInputException;
import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * Forms of the Mask Matching Cost of one clip, layer and timestep, each a falling function of the
 * two-class MIoU. For one cell of the table all of them rank masks the same; means over cells they
 * rank differently. Values over 1 in the paper's figures rule out a plain 1 - MIoU there, so the
 * other two are here for comparison.
 */
public enum MatchingCost {
  /** 1 - MIoU, the default; in [0,1]. */
  ONE_MINUS_MIOU("1-miou") {
    @Override
    public double of(double miou) {
      return 1 - miou;
    }
  },
  /** 10 (1 - MIoU); in [0,10]. */
  TEN_TIMES_ONE_MINUS_MIOU("10(1-miou)") {
    @Override
    public double of(double miou) {
      return 10 * (1 - miou);
    }
  },
  /** 1 / MIoU, at least 1; a MIoU below 0.001 counts as 0.001, so that it stays finite. */
  INVERSE_MIOU("1/miou") {
    @Override
    public double of(double miou) {
      return 1 / Math.max(miou, LEAST_MIOU);
    }
  };

  private static final double LEAST_MIOU = 1e-3;

  private final String key;

  MatchingCost(String key) {
    this.key = key;
  }

  /**
   * Returns the form of a name.
   *
   * @throws InvalidInputException if no form is called that
   */
  public static MatchingCost parse(String key) {
    for (MatchingCost cost : values()) {
      if (cost.key.equals(key.strip())) {
        return cost;
      }
    }
    throw new InvalidInputException(
        "cost is '"
            + key
            + "', expected one of "
            + Arrays.stream(values()).map(MatchingCost::key).collect(Collectors.joining(", ")));
  }

  /** Returns the name in a codebook. */
  public String key() {
    return key;
  }

  /** Returns the cost of a MIoU in [0,1]. */
  public abstract double of(double miou);
}
