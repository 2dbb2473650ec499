package io.freemask;

import org.jspecify.annotations.Nullable;

/**
 * An edit that does not fit: refused by the estimate, or an allocation that failed while it ran.
 */
public final class OutOfMemoryException extends FreeMaskException {

  private static final long serialVersionUID = 1L;

  /**
   * Creates the exception.
   *
   * @param message one line that says what is wrong and what was expected
   */
  public OutOfMemoryException(String message) {
    this(message, null);
  }

  /**
   * Creates the exception.
   *
   * @param message one line that says what is wrong and what was expected
   * @param cause what led to it, or null
   */
  public OutOfMemoryException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
