package io.freemask;

import org.jspecify.annotations.Nullable;

/**
 * A file, option, configuration, prompt or word that cannot be used; the message names it and what
 * was expected.
 */
public final class InvalidInputException extends FreeMaskException {

  private static final long serialVersionUID = 1L;

  /**
   * Creates the exception.
   *
   * @param message one line that says what is wrong and what was expected
   */
  public InvalidInputException(String message) {
    this(message, null);
  }

  /**
   * Creates the exception.
   *
   * @param message one line that says what is wrong and what was expected
   * @param cause what led to it, or null
   */
  public InvalidInputException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
