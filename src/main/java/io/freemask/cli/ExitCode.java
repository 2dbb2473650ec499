package io.freemask.cli;

import io.freemask.CancelledException;
import io.freemask.FreeMaskException;
import io.freemask.NativeException;
import io.freemask.OutOfMemoryException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The exit codes of the command line. */
final class ExitCode {

  /** All went well. */
  static final int OK = 0;

  /** A fault of this program or of the native engine; also what doctor returns on a finding. */
  static final int INTERNAL = 1;

  /** Something the user gave cannot be used: an option, a file, a word, too little memory. */
  static final int BAD_INPUT = 2;

  /** Cancelled, as a shell reports a process that Ctrl-C ended. */
  static final int CANCELLED = 130;

  private ExitCode() {}

  static int of(Throwable failure) {
    return switch (failure) {
      case CancelledException e -> CANCELLED;
      case NativeException e -> INTERNAL;
      case FreeMaskException e -> BAD_INPUT;
      case IOException e -> BAD_INPUT;
      case UncheckedIOException e -> BAD_INPUT;
      default -> INTERNAL;
    };
  }

  /** Returns the failure in one line, without a class name where the message stands by itself. */
  static String message(@Nullable Throwable failure) {
    String text =
        switch (failure) {
          case OutOfMemoryException e -> "out of memory: " + e.getMessage();
          case FreeMaskException e -> e.getMessage();
          case UncheckedIOException e -> message(e.getCause());
          case FileSystemException e -> fileMessage(e);
          case null -> "unknown";
          default -> failure.toString();
        };
    return String.valueOf(text).strip().replaceAll("\\s*\\R\\s*", " ");
  }

  /** The message of a file system exception is the bare path where the class says what happened. */
  private static String fileMessage(FileSystemException failure) {
    String reason = failure.getReason();
    return failure.getFile()
        + ": "
        + (reason != null ? reason : words(failure.getClass().getSimpleName()));
  }

  private static String words(String className) {
    String stem = className.replaceFirst("Exception$", "");
    return stem.replaceAll("(?<=[a-z])(?=[A-Z])", " ").toLowerCase(Locale.ROOT);
  }
}
