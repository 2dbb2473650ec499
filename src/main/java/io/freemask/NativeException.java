package io.freemask;

/** An error of the native engine that is not the caller's: libtorch, CUDA or an internal fault. */
public final class NativeException extends FreeMaskException {

  private static final long serialVersionUID = 1L;

  private final int status;
  private final String operation;

  /**
   * Creates the exception.
   *
   * @param status the status code, an {@code FMK_STATUS_*} value of {@code fmk.h}
   * @param operation the native function that failed, such as {@code fmk_unet_forward}
   * @param message the engine's message
   */
  public NativeException(int status, String operation, String message) {
    super(operation + ": " + message, null);
    this.status = status;
    this.operation = operation;
  }

  /** Returns the status code, an {@code FMK_STATUS_*} value of {@code fmk.h}. */
  public int status() {
    return status;
  }

  /** Returns the native function that failed. */
  public String operation() {
    return operation;
  }
}
