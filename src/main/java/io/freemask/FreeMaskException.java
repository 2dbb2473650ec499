package io.freemask;

import org.jspecify.annotations.Nullable;

/**
 * A failure with one clear line for the user; the root of everything this library throws on
 * purpose.
 */
public abstract sealed class FreeMaskException extends RuntimeException
    permits InvalidInputException,
        NativeLibraryException,
        NativeException,
        OutOfMemoryException,
        CancelledException {

  private static final long serialVersionUID = 1L;

  FreeMaskException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
