package io.freemask.internal.ffi;

import java.util.Locale;

/**
 * An operating system and processor.
 *
 * @param os {@code linux}, {@code macos}, {@code windows} or what the JDK calls it
 * @param arch {@code x86_64}, {@code aarch64} or what the JDK calls it
 */
record Platform(String os, String arch) {

  static Platform current() {
    return of(System.getProperty("os.name", ""), System.getProperty("os.arch", ""));
  }

  static Platform of(String osName, String osArch) {
    String os = osName.toLowerCase(Locale.ROOT);
    String arch = osArch.toLowerCase(Locale.ROOT);
    if (os.startsWith("mac")) {
      os = "macos";
    } else if (os.startsWith("windows")) {
      os = "windows";
    }
    return new Platform(
        os.replace(' ', '-'),
        switch (arch) {
          case "amd64", "x64" -> "x86_64";
          case "arm64" -> "aarch64";
          default -> arch;
        });
  }

  /** Returns the file name of a shared library, such as {@code libfmk.so}. */
  String libraryFile(String name) {
    return switch (os) {
      case "windows" -> name + ".dll";
      case "macos" -> "lib" + name + ".dylib";
      default -> "lib" + name + ".so";
    };
  }

  @Override
  public String toString() {
    return os + "-" + arch;
  }
}
