package io.freemask.internal.ffi;

import io.freemask.CancelledException;
import io.freemask.InvalidInputException;
import io.freemask.NativeException;
import io.freemask.NativeLibraryException;
import io.freemask.OutOfMemoryException;
import io.freemask.internal.bindings.Fmk;

/** Turns status codes of the native library into exceptions. */
public final class NativeCalls {

  private NativeCalls() {}

  /**
   * Throws the exception that a status stands for; does nothing for OK. Has to be called on the
   * thread of the failed call and before any other native call of that thread, since the message is
   * fetched from there.
   *
   * @param status what the function returned
   * @param operation the function, such as {@code fmk_unet_forward}
   */
  public static void check(int status, String operation) {
    if (status != Fmk.FMK_STATUS_OK()) {
      throw exception(status, operation, lastMessage());
    }
  }

  /**
   * Fails with the given status inside the native library, as if that had happened there.
   *
   * @param status an {@code FMK_STATUS_*} value of {@code fmk.h}
   */
  public static void provoke(int status) {
    NativeRuntime.require();
    check(Fmk.fmk_error_provoke(status), "fmk_error_provoke");
  }

  /** Returns the message of the last failed call of this thread, or an empty text. */
  static String lastMessage() {
    return Fmk.fmk_last_error_message().getString(0);
  }

  /** Returns "file:line" where the last error of this thread was raised, or an empty text. */
  static String lastSite() {
    return Fmk.fmk_last_error_site().getString(0);
  }

  private static RuntimeException exception(int status, String operation, String message) {
    if (status == Fmk.FMK_STATUS_INVALID_ARGUMENT()
        || status == Fmk.FMK_STATUS_IO()
        || status == Fmk.FMK_STATUS_UNSUPPORTED()) {
      return new InvalidInputException(message);
    }
    if (status == Fmk.FMK_STATUS_INVALID_HANDLE()) {
      return new IllegalStateException(operation + ": " + message);
    }
    if (status == Fmk.FMK_STATUS_OUT_OF_MEMORY()) {
      return new OutOfMemoryException(message);
    }
    if (status == Fmk.FMK_STATUS_CANCELLED()) {
      // The library only says that the caller did it.
      return new CancelledException("the run was cancelled");
    }
    if (status == Fmk.FMK_STATUS_ABI_MISMATCH()) {
      return new NativeLibraryException(message);
    }
    return new NativeException(status, operation, message);
  }
}
