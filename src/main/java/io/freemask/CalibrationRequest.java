package io.freemask;

import io.freemask.dataset.Dataset;
import io.freemask.mmc.MatchingCost;
import io.freemask.video.FrameSize;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A calibration: which clips the masks of a model are measured on, and how. Made by {@link
 * #builder}.
 *
 * @param dataset the clips
 * @param output where the codebook goes; null keeps it in memory alone, without a work file
 * @param steps T, the number of DDIM steps of the inversions
 * @param threshold the threshold of the cost table, in [0,1]
 * @param form of the cost
 * @param pool whether word maps are max-pooled (3x3) first
 * @param size the working size; null for the clips' own, which then have to be of one size
 * @param overwrite whether an existing codebook is replaced
 */
public record CalibrationRequest(
    Dataset dataset,
    @Nullable Path output,
    int steps,
    double threshold,
    MatchingCost form,
    boolean pool,
    @Nullable FrameSize size,
    boolean overwrite) {

  /** Steps where a request names none. */
  public static final int DEFAULT_STEPS = 10;

  /** The thresholds that are always measured. */
  public static final List<Double> SWEEP = List.of(0.2, 0.3, 0.4, 0.5, 0.6);

  private static final double DEFAULT_THRESHOLD = 0.3;

  /** Checks the ranges. */
  public CalibrationRequest {
    if (steps < 1) {
      throw new InvalidInputException("steps is " + steps + ", expected at least 1");
    }
    if (!(threshold >= 0 && threshold <= 1)) {
      throw new InvalidInputException("threshold is " + threshold + ", expected 0 to 1");
    }
  }

  /** Returns all thresholds that are measured, ascending. */
  public List<Double> thresholds() {
    TreeSet<Double> thresholds = new TreeSet<>(SWEEP);
    thresholds.add(threshold);
    return List.copyOf(thresholds);
  }

  /** Returns a builder for a dataset. */
  public static Builder builder(Dataset dataset) {
    return new Builder(dataset);
  }

  /** Collects a request; what is not set has the default that its method names. */
  public static final class Builder {

    private final Dataset dataset;
    private @Nullable Path output;
    private int steps = DEFAULT_STEPS;
    private double threshold = DEFAULT_THRESHOLD;
    private MatchingCost form = MatchingCost.ONE_MINUS_MIOU;
    private boolean pool;
    private @Nullable FrameSize size;
    private boolean overwrite;

    private Builder(Dataset dataset) {
      this.dataset = dataset;
    }

    /** Where the codebook goes; a work file is kept beside it meanwhile. Default: nowhere. */
    public Builder output(@Nullable Path value) {
      output = value;
      return this;
    }

    /** The number of DDIM steps of the inversions; default 10. */
    public Builder steps(int value) {
      steps = value;
      return this;
    }

    /** The threshold of the cost table; default 0.3. */
    public Builder threshold(double value) {
      threshold = value;
      return this;
    }

    /** The form of the cost; default 1 - MIoU. */
    public Builder form(MatchingCost value) {
      form = value;
      return this;
    }

    /** Whether word maps are max-pooled first; default false. */
    public Builder pool(boolean value) {
      pool = value;
      return this;
    }

    /** The working size; default the clips' own. */
    public Builder size(@Nullable FrameSize value) {
      size = value;
      return this;
    }

    /** Whether an existing codebook is replaced; default false. */
    public Builder overwrite(boolean value) {
      overwrite = value;
      return this;
    }

    /**
     * Makes the request.
     *
     * @throws InvalidInputException if something is out of range
     */
    public CalibrationRequest build() {
      return new CalibrationRequest(dataset, output, steps, threshold, form, pool, size, overwrite);
    }
  }
}
