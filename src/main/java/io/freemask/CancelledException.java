package io.freemask;

import org.jspecify.annotations.Nullable;

/** An edit that was cancelled by its token or by its listener. */
public final class CancelledException extends FreeMaskException {

  private static final long serialVersionUID = 1L;

  /**
   * Creates the exception.
   *
   * @param message one line that says what is wrong and what was expected
   */
  public CancelledException(String message) {
    this(message, null);
  }

  /**
   * Creates the exception.
   *
   * @param message one line that says what is wrong and what was expected
   * @param cause what led to it, or null
   */
  public CancelledException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
