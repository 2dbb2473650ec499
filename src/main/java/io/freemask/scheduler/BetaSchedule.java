package io.freemask.scheduler;

import java.util.Locale;

/**
 * Noise added by each training step, computed in the order and precision of diffusers and PyTorch,
 * so that the numbers are theirs to the last bit.
 *
 * <p>Names and formulas follow {@code DDIMScheduler} of diffusers 0.40.
 */
public enum BetaSchedule {
  /** Evenly spaced betas. */
  LINEAR,
  /** Evenly spaced square roots of betas, as latent diffusion models use. */
  SCALED_LINEAR,
  /**
   * Squared cosine, from "Improved Denoising Diffusion Probabilistic Models", arXiv 2102.09672,
   * equation 17; betas of at most 0.999.
   */
  SQUAREDCOS_CAP_V2;

  private static final double MAX_BETA = 0.999;
  private static final double COSINE_OFFSET = 0.008;

  /** Returns the name in configurations, such as {@code scaled_linear}. */
  public String configName() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * Computes the betas.
   *
   * @param start first beta; has no effect on the cosine schedule
   * @param end last beta; has no effect on the cosine schedule
   * @param count number of training steps
   * @return [count] f32
   */
  float[] betas(double start, double end, int count) {
    return switch (this) {
      case LINEAR -> linspace((float) start, (float) end, count);
      case SCALED_LINEAR -> {
        float[] roots = linspace((float) Math.sqrt(start), (float) Math.sqrt(end), count);
        for (int i = 0; i < count; i++) {
          roots[i] *= roots[i];
        }
        yield roots;
      }
      case SQUAREDCOS_CAP_V2 -> {
        float[] betas = new float[count];
        for (int i = 0; i < count; i++) {
          double from = alphaBar((double) i / count);
          double to = alphaBar((double) (i + 1) / count);
          betas[i] = (float) Math.min(1 - to / from, MAX_BETA);
        }
        yield betas;
      }
    };
  }

  private static double alphaBar(double t) {
    double cosine = Math.cos((t + COSINE_OFFSET) / (1 + COSINE_OFFSET) * Math.PI / 2);
    return cosine * cosine;
  }

  /**
   * torch.linspace in f32: the first half counts up from the start, the second down from the end,
   * each value with a single rounding.
   */
  private static float[] linspace(float start, float end, int count) {
    float[] values = new float[count];
    if (count == 1) {
      values[0] = start;
      return values;
    }
    float step = (end - start) / (count - 1);
    for (int i = 0; i < count; i++) {
      values[i] = i < count / 2 ? Math.fma(step, i, start) : Math.fma(-step, count - 1 - i, end);
    }
    return values;
  }

  /** Products of 1 - beta, added up in double and stored as f32, as torch.cumprod does. */
  static float[] alphasCumprod(float[] betas) {
    float[] products = new float[betas.length];
    double product = 1;
    for (int i = 0; i < betas.length; i++) {
      product *= 1 - betas[i];
      products[i] = (float) product;
    }
    return products;
  }

  /**
   * Shifts and scales a schedule so that its last step leaves no signal; algorithm 1 of "Common
   * Diffusion Noise Schedules and Sample Steps are Flawed", arXiv 2305.08891. PyTorch's square root
   * is not correctly rounded, so these numbers may differ from diffusers' in the last bit.
   */
  static float[] rescaledToZeroTerminalSnr(float[] betas) {
    float[] roots = alphasCumprod(betas);
    for (int i = 0; i < roots.length; i++) {
      roots[i] = (float) Math.sqrt(roots[i]);
    }
    float first = roots[0];
    float last = roots[roots.length - 1];
    float scale = first / (first - last);
    float[] squares = new float[roots.length];
    for (int i = 0; i < roots.length; i++) {
      float root = (roots[i] - last) * scale;
      squares[i] = root * root;
    }
    float[] rescaled = new float[roots.length];
    for (int i = 0; i < roots.length; i++) {
      rescaled[i] = 1 - (i == 0 ? squares[0] : squares[i] / squares[i - 1]);
    }
    return rescaled;
  }
}
