package io.freemask.prompt;

/**
 * A range of token indices.
 *
 * @param start the first index; 0 is the start token
 * @param end one past the last index; equal to start if truncation left nothing
 */
public record TokenSpan(int start, int end) {

  /** Checks the order. */
  public TokenSpan {
    if (start < 0 || end < start) {
      throw new IllegalArgumentException(
          "token span is [" + start + ", " + end + "), expected 0 <= start <= end");
    }
  }

  /** Returns the number of tokens. */
  public int length() {
    return end - start;
  }
}
