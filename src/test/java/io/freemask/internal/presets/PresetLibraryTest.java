package io.freemask.internal.presets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freemask.NativeLibraryException;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.bytedeco.javacpp.Loader;
import org.junit.jupiter.api.Test;

class PresetLibraryTest {

  private final AtomicInteger initialized = new AtomicInteger();

  private PresetLibrary library(String probe) {
    return new PresetLibrary(
        "Probe",
        "example:probe and example:base",
        probe,
        List.of(Windows.class.getName()),
        initialized::incrementAndGet);
  }

  @Test
  void isInitializedOnce() {
    PresetLibrary library = library("org.bytedeco.javacpp.Loader");
    library.require();
    library.require();
    assertThat(initialized).hasValue(1);
  }

  @Test
  void missingClassesAreNamedEachTime() {
    PresetLibrary library = library("example.Missing");
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(library::require)
          .isInstanceOf(NativeLibraryException.class)
          .hasMessage(
              "Probe's Java bindings are missing (class example.Missing): put example:probe and"
                  + " example:base, each also with the classifier of this platform, on the class"
                  + " path");
    }
    assertThat(initialized).hasValue(0);
  }

  @Test
  void librariesThatDoNotLoadAreTold() {
    PresetLibrary library = library(Unlinked.class.getName());
    assertThatThrownBy(library::require)
        .isInstanceOf(NativeLibraryException.class)
        .hasMessageStartingWith("Probe's native libraries cannot be loaded: no libprobe; put");
  }

  @Test
  void librariesThatAreNotNeededMayBeMissing() {
    library(Linked.class.getName()).require();
    assertThat(initialized).hasValue(1);
    assertThat(Loader.isLoadLibraries()).isTrue();
  }

  /** Brings along a class that is not needed. */
  static final class Linked {
    static {
      Windows.open();
    }
  }

  /** Fails to load, unless JavaCPP is told not to load. */
  static final class Windows {
    static {
      if (Loader.isLoadLibraries()) {
        throw new UnsatisfiedLinkError("no libwindows");
      }
    }

    static void open() {}
  }

  /** As JavaCPP's classes do where the platform's jar is missing. */
  static final class Unlinked {
    static {
      load();
    }

    private static void load() {
      throw new UnsatisfiedLinkError("no libprobe");
    }
  }
}
