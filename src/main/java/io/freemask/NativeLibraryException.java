package io.freemask;

import org.jspecify.annotations.Nullable;

/**
 * The native library or libtorch is missing, too old or of the wrong kind; the message says what
 * was looked for and what to set.
 */
public final class NativeLibraryException extends FreeMaskException {

  private static final long serialVersionUID = 1L;

  /**
   * Creates the exception.
   *
   * @param message one line that says what is wrong and what was expected
   */
  public NativeLibraryException(String message) {
    this(message, null);
  }

  /**
   * Creates the exception.
   *
   * @param message one line that says what is wrong and what was expected
   * @param cause what led to it, or null
   */
  public NativeLibraryException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
