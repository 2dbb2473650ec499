package io.freemask.scheduler;

import io.freemask.InvalidInputException;
import io.freemask.scheduler.SchedulerConfig.PredictionType;
import io.freemask.scheduler.SchedulerConfig.TimestepSpacing;
import io.freemask.tensor.DType;
import io.freemask.tensor.Tensor;

/**
 * Deterministic sampling and its inversion: "Denoising Diffusion Implicit Models", arXiv
 * 2010.02502, equation 12 with sigma 0, both ways.
 *
 * <p>The T steps use the timesteps tau_1 .. tau_T, tau_T the noisiest. Their numbers and the levels
 * between them are those of {@code DDIMScheduler} and {@code DDIMInverseScheduler} of diffusers
 * 0.40: the level below a timestep t is that of t - N/T (integer division, N training steps), and
 * below 0 the final one. Both directions therefore go between the same levels, and the inverse step
 * takes the noise predicted at the level that it goes to.
 *
 * <p>Immutable. Arithmetic on tensors is in f32; with clipping it runs on the host.
 */
public final class DdimScheduler {

  private final SchedulerConfig config;
  private final int steps;
  private final float[] betas;
  private final float[] alphasCumprod;
  private final float finalAlphaCumprod;
  private final int[] timesteps;

  private DdimScheduler(SchedulerConfig config, int steps) {
    this.config = config;
    this.steps = steps;
    int count = config.numTrainTimesteps();
    float[] trained = new float[config.trainedBetas().size()];
    for (int i = 0; i < trained.length; i++) {
      trained[i] = config.trainedBetas().get(i).floatValue();
    }
    float[] given =
        trained.length > 0
            ? trained
            : config.betaSchedule().betas(config.betaStart(), config.betaEnd(), count);
    betas = config.rescaleBetasZeroSnr() ? BetaSchedule.rescaledToZeroTerminalSnr(given) : given;
    alphasCumprod = BetaSchedule.alphasCumprod(betas);
    finalAlphaCumprod = config.setAlphaToOne() ? 1 : alphasCumprod[0];
    timesteps = timesteps(config, steps);
    int last = timesteps[steps - 1];
    if (last >= count) {
      throw new InvalidInputException(
          "steps is "
              + steps
              + ": with steps_offset "
              + config.stepsOffset()
              + " the last timestep would be "
              + last
              + ", expected at most "
              + (count - 1));
    }
    if (alphasCumprod[last] == 0 && config.predictionType() == PredictionType.EPSILON) {
      throw new InvalidInputException(
          "timestep "
              + last
              + " is pure noise (rescale_betas_zero_snr): prediction_type is epsilon, expected"
              + " v_prediction");
    }
  }

  /**
   * Makes a scheduler.
   *
   * @param steps number of steps T, at least 1 and at most the training steps
   * @throws InvalidInputException when there cannot be as many steps
   */
  public static DdimScheduler of(SchedulerConfig config, int steps) {
    if (steps < 1 || steps > config.numTrainTimesteps()) {
      throw new InvalidInputException(
          "steps is " + steps + ", expected 1 to " + config.numTrainTimesteps());
    }
    return new DdimScheduler(config, steps);
  }

  private static int[] timesteps(SchedulerConfig config, int steps) {
    int count = config.numTrainTimesteps();
    int[] timesteps = new int[steps];
    if (config.timestepSpacing() == TimestepSpacing.LEADING) {
      for (int i = 0; i < steps; i++) {
        timesteps[i] = i * (count / steps) + config.stepsOffset();
      }
      return timesteps;
    }
    // As numpy.arange(N, 0, -N/T) spaces its numbers and numpy.round rounds them.
    double ratio = (double) count / steps;
    double delta = (count - ratio) - count;
    for (int i = 0; i < steps; i++) {
      timesteps[steps - 1 - i] = (int) Math.rint(count + i * delta) - 1;
    }
    return timesteps;
  }

  /** Returns the number of steps T. */
  public int steps() {
    return steps;
  }

  /**
   * Returns a timestep.
   *
   * @param i 1 to T, T being the noisiest
   */
  public int timestep(int i) {
    if (i < 1 || i > steps) {
      throw new IllegalArgumentException("timestep " + i + ", expected 1 to " + steps);
    }
    return timesteps[i - 1];
  }

  /**
   * Returns the share of signal that is left, squared: alpha-bar of the paper's successors.
   *
   * @param timestep 0 to N - 1; below 0 stands for the level after the last step
   */
  public float alphaCumprod(int timestep) {
    return timestep < 0 ? finalAlphaCumprod : alphasCumprod[timestep];
  }

  /** Returns the levels of all training steps, [N] f32. */
  public float[] alphasCumprod() {
    return alphasCumprod.clone();
  }

  /** Returns the noise that each training step adds, [N] f32. */
  public float[] betas() {
    return betas.clone();
  }

  /**
   * Goes one level towards the clip.
   *
   * @param latents [..] f32 at the level of tau_{T-s}
   * @param prediction what the UNet predicted for them at that timestep, of the same shape
   * @param s step, 0 to T - 1
   * @return the latents one level below, f32, owned by the caller
   */
  public Tensor step(Tensor latents, Tensor prediction, int s) {
    if (s < 0 || s >= steps) {
      throw new IllegalArgumentException("step " + s + ", expected 0 to " + (steps - 1));
    }
    int timestep = timestep(steps - s);
    return move(latents, prediction, alphaCumprod(timestep), alphaCumprod(below(timestep)));
  }

  /**
   * Goes one level towards noise.
   *
   * @param latents [..] f32, z_k
   * @param prediction what the UNet predicted for them at timestep tau_{k+1}, of the same shape
   * @param k 0 to T - 1
   * @return z_{k+1}, f32, owned by the caller
   */
  public Tensor invert(Tensor latents, Tensor prediction, int k) {
    if (k < 0 || k >= steps) {
      throw new IllegalArgumentException("inversion step " + k + ", expected 0 to " + (steps - 1));
    }
    int timestep = timestep(k + 1);
    float alphaFrom = alphaCumprod(below(timestep));
    float alphaTo = alphaCumprod(timestep);
    return config.predictionType() == PredictionType.V_PREDICTION && !config.clipSample()
        ? undo(latents, prediction, alphaFrom, alphaTo)
        : move(latents, prediction, alphaFrom, alphaTo);
  }

  /**
   * Solves the denoising step from alphaTo to alphaFrom for the latents that it started from. A
   * velocity belongs to the level of its timestep, which here is not that of the latents: taken at
   * theirs, there and back would not meet. For predicted noise both are the same.
   */
  private static Tensor undo(Tensor latents, Tensor velocity, float alphaFrom, float alphaTo) {
    double ofLatents =
        Math.sqrt(alphaFrom * (double) alphaTo) + Math.sqrt((1.0 - alphaFrom) * (1.0 - alphaTo));
    double ofVelocity =
        Math.sqrt((1.0 - alphaFrom) * alphaTo) - Math.sqrt(alphaFrom * (1.0 - alphaTo));
    return Tensor.combine(
        (float) (1 / ofLatents), latents, (float) (-ofVelocity / ofLatents), velocity);
  }

  private int below(int timestep) {
    return timestep - config.numTrainTimesteps() / steps;
  }

  /**
   * Predicts the clip x0 and the noise at one level and puts them together at another. Both are
   * linear in the latents and the prediction, so without clipping the step is one linear
   * combination; its factors are computed in double.
   */
  private Tensor move(Tensor latents, Tensor prediction, float alphaFrom, float alphaTo) {
    // 1. x0 = clipOfLatents * latents + clipOfPrediction * prediction, and likewise the noise.
    double signal = Math.sqrt(alphaFrom);
    double noise = Math.sqrt(1.0 - alphaFrom);
    boolean velocity = config.predictionType() == PredictionType.V_PREDICTION;
    double clipOfLatents = velocity ? signal : 1 / signal;
    double clipOfPrediction = velocity ? -noise : -noise / signal;
    double noiseOfLatents = velocity ? noise : 0;
    double noiseOfPrediction = velocity ? signal : 1;
    // 2. sqrt(alphaTo) * x0 + sqrt(1 - alphaTo) * noise.
    double signalTo = Math.sqrt(alphaTo);
    double noiseTo = Math.sqrt(1.0 - alphaTo);
    if (!config.clipSample()) {
      return Tensor.combine(
          (float) (signalTo * clipOfLatents + noiseTo * noiseOfLatents),
          latents,
          (float) (signalTo * clipOfPrediction + noiseTo * noiseOfPrediction),
          prediction);
    }
    prediction.shape().require("the prediction", latents.shape());
    float range = (float) config.clipSampleRange();
    float[] z = latents.toFloats();
    float[] p = prediction.toFloats();
    for (int i = 0; i < z.length; i++) {
      double x0 = Math.clamp(clipOfLatents * z[i] + clipOfPrediction * p[i], -range, range);
      double predicted = noiseOfLatents * z[i] + noiseOfPrediction * p[i];
      z[i] = (float) (signalTo * x0 + noiseTo * predicted);
    }
    return Tensor.of(latents.context(), latents.shape(), z, DType.F32);
  }
}
