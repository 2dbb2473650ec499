package io.freemask.prompt;

import io.freemask.InvalidInputException;
import java.util.Arrays;
import java.util.Map;

/**
 * In which steps each target token takes the source's cross attention.
 *
 * <p>The weight alpha of a token with window [a, b] in step s of T is 1 when {@code int(a*(T+1)) <=
 * s < int(b*(T+1))}, else 0. The schedule has T+1 rows, as in Prompt-to-Prompt; int() truncates a
 * double.
 */
public final class WordWindows {

  /**
   * A part of the steps as fractions.
   *
   * @param start where it opens, in [0,1]
   * @param end where it closes, in [start,1]
   */
  public record Window(double start, double end) {

    /** Checks the range. */
    public Window {
      if (!(start >= 0 && start <= end && end <= 1)) {
        throw new InvalidInputException(
            "window is [" + start + ", " + end + "], expected 0 <= start <= end <= 1");
      }
    }

    private boolean contains(int step, int steps) {
      return (int) (start * (steps + 1)) <= step && step < (int) (end * (steps + 1));
    }
  }

  private final Window[] windows;

  private WordWindows(Window[] windows) {
    this.windows = windows;
  }

  /** Returns one window for all tokens. */
  public static WordWindows uniform(int length, Window window) {
    Window[] windows = new Window[length];
    Arrays.fill(windows, window);
    return new WordWindows(windows);
  }

  /**
   * Returns the windows of a prompt's tokens.
   *
   * @param target the prompt that the words are looked up in
   * @param standard the window of every token that no word names
   * @param words word or phrase to its own window, which replaces the standard one; where two name
   *     the same token, the later one counts
   * @throws InvalidInputException if a word is not in the prompt
   */
  public static WordWindows of(Prompt target, Window standard, Map<String, Window> words) {
    WordWindows windows = uniform(target.maxLength(), standard);
    words.forEach(
        (word, window) -> {
          for (int token : target.tokens(word)) {
            windows.windows[token] = window;
          }
        });
    return windows;
  }

  /**
   * Returns alpha [L] of one step, each 0 or 1.
   *
   * @param step s, starting with 0
   * @param steps T, at least 1
   */
  public float[] alpha(int step, int steps) {
    if (steps < 1 || step < 0 || step >= steps) {
      throw new IllegalArgumentException(
          "step is " + step + " of " + steps + ", expected 0 <= step < steps");
    }
    float[] alpha = new float[windows.length];
    for (int n = 0; n < alpha.length; n++) {
      alpha[n] = windows[n].contains(step, steps) ? 1 : 0;
    }
    return alpha;
  }

  /** Returns whether any token's window is open in a step. */
  public boolean isOpen(int step, int steps) {
    for (float weight : alpha(step, steps)) {
      if (weight > 0) {
        return true;
      }
    }
    return false;
  }
}
