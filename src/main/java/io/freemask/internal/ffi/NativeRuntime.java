package io.freemask.internal.ffi;

import io.freemask.NativeLibraryException;
import io.freemask.internal.bindings.Fmk;

/** The native library of this process: loaded on first use, once. */
public final class NativeRuntime {

  private NativeRuntime() {}

  /** Loading happens in a class of its own, under the class initialisation lock. */
  private static final class Holder {
    static final LoadReport REPORT = LibraryLoader.load();
  }

  /** Loads the libraries if that was not done yet, and tells how it went. */
  public static LoadReport report() {
    return Holder.REPORT;
  }

  /**
   * Loads the libraries if that was not done yet.
   *
   * @return what the native library says about itself
   * @throws NativeLibraryException when they are missing, too old or of another kind; the message
   *     says what was looked for and what to set
   */
  public static BuildInfo require() {
    LoadReport report = report();
    return report
        .build()
        .orElseThrow(
            () ->
                new NativeLibraryException(
                    report.failure().orElse("the native library was not loaded")));
  }

  /** Returns the instruction set that the CPU's attention kernels are chosen for. */
  public static String cpuKernels() {
    require();
    return Fmk.fmk_cpu_kernels().getString(0);
  }

  /** Returns the number of native handles that were made and not yet destroyed, in the process. */
  public static long liveHandles() {
    require();
    return Fmk.fmk_live_handle_count();
  }
}
