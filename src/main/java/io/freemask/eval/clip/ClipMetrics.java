package io.freemask.eval.clip;

import io.freemask.InvalidInputException;
import io.freemask.model.Callbacks;
import io.freemask.model.ClipModel;
import io.freemask.video.Clip;
import java.util.List;
import java.util.OptionalDouble;

/**
 * How a clip fits its prompts, as CLIP sees it. FateZero's evaluation (Qi et al., FateZero: Fusing
 * Attentions for Zero-shot Text-based Video Editing, arXiv:2303.09535, section 4), with one
 * difference: its script cuts the lower square out of frames that are higher than wide, whereas
 * every frame is here prepared by the model's own image processor, which cuts out the centre.
 * Figures of upright clips can therefore differ from those of that script.
 *
 * @param frameAccuracy Fram-Acc: share of the frames, 0 to 1, whose probability by CLIP, a softmax
 *     over the source and the target prompt, is larger for the target; equal ones do not count
 * @param temporalConsistency Tem-Con: mean cosine of the image embeddings of consecutive frames, -1
 *     to 1; empty for a clip of one frame
 * @param textAlignment CLIP-T: mean cosine, -1 to 1, of the frames' image embeddings and the target
 *     prompt's text embedding; where it is given as a CLIP score, that is 100 times as much
 */
public record ClipMetrics(
    double frameAccuracy, OptionalDouble temporalConsistency, double textAlignment) {

  /** Rounding of unit vectors may take a cosine this far out of its range. */
  private static final double ROUNDING = 1e-5;

  /** Checks the ranges. */
  public ClipMetrics {
    if (!(frameAccuracy >= 0 && frameAccuracy <= 1)) {
      throw new IllegalArgumentException("frameAccuracy is " + frameAccuracy + ", expected 0 to 1");
    }
    temporalConsistency.ifPresent(value -> requireCosine("temporalConsistency", value));
    requireCosine("textAlignment", textAlignment);
  }

  private static void requireCosine(String name, double value) {
    if (!(Math.abs(value) <= 1 + ROUNDING)) {
      throw new IllegalArgumentException(name + " is " + value + ", expected -1 to 1");
    }
  }

  /**
   * Computes the metrics of a clip.
   *
   * @throws InvalidInputException when a prompt has more tokens than the model takes
   */
  public static ClipMetrics of(
      ClipModel model, Clip clip, String sourcePrompt, String targetPrompt) {
    return of(model, clip, sourcePrompt, targetPrompt, Callbacks.NONE);
  }

  /**
   * Computes the metrics of a clip.
   *
   * @param callbacks asked between the layers whether to go on
   * @throws InvalidInputException when a prompt has more tokens than the model takes
   */
  public static ClipMetrics of(
      ClipModel model, Clip clip, String sourcePrompt, String targetPrompt, Callbacks callbacks) {
    float[][] prompts = model.embed(List.of(sourcePrompt, targetPrompt), callbacks);
    return of(model.embed(clip, callbacks), prompts[0], prompts[1]);
  }

  /**
   * The metrics of embeddings of length 1.
   *
   * @param frames [F][D]
   * @param source [D]
   * @param target [D]
   */
  static ClipMetrics of(float[][] frames, float[] source, float[] target) {
    int favoured = 0;
    double alignment = 0;
    double consistency = 0;
    for (int f = 0; f < frames.length; f++) {
      double toTarget = cosine(frames[f], target);
      alignment += toTarget;
      // The logits are the cosines times the same positive scale, and softmax keeps their order.
      if (toTarget > cosine(frames[f], source)) {
        favoured++;
      }
      if (f > 0) {
        consistency += cosine(frames[f - 1], frames[f]);
      }
    }
    return new ClipMetrics(
        (double) favoured / frames.length,
        frames.length == 1
            ? OptionalDouble.empty()
            : OptionalDouble.of(consistency / (frames.length - 1)),
        alignment / frames.length);
  }

  private static double cosine(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }
}
