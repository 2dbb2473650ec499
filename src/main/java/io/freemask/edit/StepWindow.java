package io.freemask.edit;

import io.freemask.InvalidInputException;
import io.freemask.prompt.WordWindows;

/**
 * A part of the T steps as fractions, as in the authors' code: int(x) truncates an IEEE double.
 *
 * @param start where it opens, in [0,1]
 * @param end where it closes, in [start,1]
 */
public record StepWindow(double start, double end) {

  /** Checks the range. */
  public StepWindow {
    if (!(start >= 0 && start <= end && end <= 1)) {
      throw new InvalidInputException(
          "window is [" + start + ", " + end + "], expected 0 <= start <= end <= 1");
    }
  }

  /** Returns whether step s of T is inside: int(start*T) <= s < int(end*T). */
  public boolean contains(int step, int steps) {
    return (int) (start * steps) <= step && step < (int) (end * steps);
  }

  /**
   * Returns whether the latents are blended after step s of T: int(start*T) < s+1 < int(end*T). The
   * start is open, since the counter has been raised when the blend is done.
   */
  public boolean blendsAfter(int step, int steps) {
    return (int) (start * steps) < step + 1 && step + 1 < (int) (end * steps);
  }

  /** Returns the same fractions for the schedule of T+1 rows that cross attention has. */
  WordWindows.Window words() {
    return new WordWindows.Window(start, end);
  }
}
