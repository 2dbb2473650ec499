package io.freemask.internal.ffi;

import io.freemask.NativeLibraryException;

/** Loads the native library in a JVM of its own and prints how that went. */
public final class LoadProbe {

  private LoadProbe() {}

  public static void main(String[] args) {
    try {
      BuildInfo info = NativeRuntime.require();
      System.out.println("OK " + info.libtorchLoaded());
    } catch (NativeLibraryException e) {
      System.out.println("FAILED " + e.getMessage());
    }
    LoadReport report = NativeRuntime.report();
    System.out.println("library " + report.library() + " from " + report.libraryOrigin());
    System.out.println("libtorch " + report.libtorch() + " from " + report.libtorchOrigin());
    report.attempts().forEach(attempt -> System.out.println("attempt " + attempt));
  }
}
