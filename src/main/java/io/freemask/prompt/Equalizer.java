package io.freemask.prompt;

import io.freemask.InvalidInputException;
import java.util.Arrays;
import java.util.Map;

/**
 * The factor of each target token in the source's fused cross attention (attention re-weighting,
 * Prompt-to-Prompt, arXiv 2208.01626, section 3.2). Rows are not normalised again afterwards.
 */
public final class Equalizer {

  private final float[] factors;

  private Equalizer(float[] factors) {
    this.factors = factors;
  }

  /** Returns the equaliser that changes nothing. */
  public static Equalizer none(int length) {
    float[] factors = new float[length];
    Arrays.fill(factors, 1);
    return new Equalizer(factors);
  }

  /**
   * Returns the equaliser of some words.
   *
   * @param target the prompt that the words are looked up in
   * @param words word or phrase to factor; where two name the same token, the later one counts
   * @throws InvalidInputException if a word is not in the prompt or a factor is not finite
   */
  public static Equalizer of(Prompt target, Map<String, Double> words) {
    Equalizer equalizer = none(target.maxLength());
    words.forEach(
        (word, factor) -> {
          if (!Double.isFinite(factor)) {
            throw new InvalidInputException(
                "equalizer: factor of '" + word + "' is " + factor + ", expected a finite number");
          }
          for (int token : target.tokens(word)) {
            equalizer.factors[token] = factor.floatValue();
          }
        });
    return equalizer;
  }

  /** Returns a copy of e [L]. */
  public float[] factors() {
    return factors.clone();
  }
}
