package io.freemask.scheduler;

import io.freemask.InvalidInputException;
import io.freemask.internal.config.ConfigFile;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Configuration of a {@code DDIMScheduler} of diffusers, under its field names and with its
 * defaults.
 *
 * @param numTrainTimesteps training steps
 * @param betaStart first beta
 * @param betaEnd last beta
 * @param betaSchedule how the betas between them are spaced
 * @param trainedBetas the betas themselves, or empty to compute them
 * @param clipSample whether the predicted clip is clipped to the range
 * @param clipSampleRange the range, +-
 * @param setAlphaToOne whether the level after the last step is noiseless, or else that of timestep
 *     0
 * @param stepsOffset added to every timestep when the spacing is leading
 * @param predictionType what the UNet predicts
 * @param timestepSpacing how the timesteps are chosen
 * @param rescaleBetasZeroSnr whether the last training step is made pure noise
 */
public record SchedulerConfig(
    int numTrainTimesteps,
    double betaStart,
    double betaEnd,
    BetaSchedule betaSchedule,
    List<Double> trainedBetas,
    boolean clipSample,
    double clipSampleRange,
    boolean setAlphaToOne,
    int stepsOffset,
    PredictionType predictionType,
    TimestepSpacing timestepSpacing,
    boolean rescaleBetasZeroSnr) {

  private static final Set<String> FIELDS =
      Set.of(
          "num_train_timesteps",
          "beta_start",
          "beta_end",
          "beta_schedule",
          "trained_betas",
          "clip_sample",
          "set_alpha_to_one",
          "steps_offset",
          "prediction_type",
          "thresholding",
          "dynamic_thresholding_ratio",
          "clip_sample_range",
          "sample_max_value",
          "timestep_spacing",
          "rescale_betas_zero_snr",
          "skip_prk_steps");

  /** What a UNet predicts. */
  public enum PredictionType {
    /** The noise. */
    EPSILON,
    /** The velocity of "Progressive Distillation", arXiv 2202.00512. */
    V_PREDICTION
  }

  /** How timesteps are chosen; table 2 of arXiv 2305.08891. */
  public enum TimestepSpacing {
    /** Multiples of N / T, from 0. */
    LEADING,
    /** Multiples of N / T, down from N, less 1. */
    TRAILING
  }

  /** Makes the list immutable. */
  public SchedulerConfig {
    trainedBetas = List.copyOf(trainedBetas);
  }

  /**
   * Reads a {@code scheduler_config.json}, of DDIM or of another scheduler over discrete timesteps,
   * whose fields are the same.
   *
   * @throws InvalidInputException when a field has a value that is wrong or not supported
   */
  public static SchedulerConfig read(Path path) {
    ConfigFile file = ConfigFile.read(path);
    file.choice(
        "_class_name",
        "DDIMScheduler",
        List.of(
            "DDIMScheduler",
            "DDIMInverseScheduler",
            "DDPMScheduler",
            "PNDMScheduler",
            "DPMSolverMultistepScheduler",
            "UniPCMultistepScheduler",
            "LMSDiscreteScheduler",
            "EulerDiscreteScheduler",
            "EulerAncestralDiscreteScheduler"));
    file.warnAboutUnknown(FIELDS);
    if (file.flag("thresholding", false)) {
      throw file.wrong("thresholding", "false");
    }
    int count = file.positive("num_train_timesteps", 1000);
    double[] trained = file.numbers("trained_betas").orElse(new double[0]);
    if (trained.length != 0 && trained.length != count) {
      throw file.wrong("trained_betas", "null, or as many as num_train_timesteps: " + count);
    }
    String schedule =
        file.choice(
            "beta_schedule",
            BetaSchedule.LINEAR.configName(),
            Arrays.stream(BetaSchedule.values()).map(BetaSchedule::configName).toList());
    double start = file.positiveNumber("beta_start", 0.0001);
    double end = file.positiveNumber("beta_end", 0.02);
    if (end >= 1 || start > end) {
      throw file.wrong("beta_end", "a number from beta_start " + start + " to below 1");
    }
    return new SchedulerConfig(
        count,
        start,
        end,
        BetaSchedule.valueOf(schedule.toUpperCase(Locale.ROOT)),
        Arrays.stream(trained).boxed().toList(),
        file.flag("clip_sample", true),
        file.positiveNumber("clip_sample_range", 1),
        file.flag("set_alpha_to_one", true),
        file.notNegative("steps_offset", 0),
        PredictionType.valueOf(
            file.choice("prediction_type", "epsilon", List.of("epsilon", "v_prediction"))
                .toUpperCase(Locale.ROOT)),
        TimestepSpacing.valueOf(
            file.choice("timestep_spacing", "leading", List.of("leading", "trailing"))
                .toUpperCase(Locale.ROOT)),
        file.flag("rescale_betas_zero_snr", false));
  }
}
