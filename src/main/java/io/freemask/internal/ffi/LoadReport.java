package io.freemask.internal.ffi;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * How the native libraries were found and loaded, or why not.
 *
 * @param platform operating system and processor, such as {@code linux-x86_64}
 * @param libtorch folder of the libtorch libraries that were chosen
 * @param libtorchOrigin what named that folder, such as {@code LIBTORCH}; empty when none did
 * @param library the native library that was chosen
 * @param libraryOrigin what named it: the property or the jar; empty when none did
 * @param build what the loaded library says about itself; empty when it was not loaded
 * @param attempts everything that was looked for, in order
 * @param failure one line that says what is wrong and what to set; empty when all is well
 */
public record LoadReport(
    String platform,
    Optional<Path> libtorch,
    String libtorchOrigin,
    Optional<Path> library,
    String libraryOrigin,
    Optional<BuildInfo> build,
    List<Attempt> attempts,
    Optional<String> failure) {

  /** Makes the list immutable. */
  public LoadReport {
    attempts = List.copyOf(attempts);
  }

  /** Returns whether the native library can be used. */
  public boolean usable() {
    return failure.isEmpty();
  }

  /**
   * One thing that was looked for.
   *
   * @param what the place or the library
   * @param ok whether it was there and could be used
   * @param detail what was found, or why it was refused
   */
  public record Attempt(String what, boolean ok, String detail) {

    @Override
    public String toString() {
      return what + ": " + detail;
    }
  }
}
