package io.freemask.internal.ffi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The order in which libtorch is looked for; no library is loaded. */
class LibtorchFinderTest {

  private static final Platform LINUX = new Platform("linux", "x86_64");

  @TempDir Path folder;

  private final List<LoadReport.Attempt> attempts = new ArrayList<>();

  private Path libtorch(String name, @Nullable String version) throws IOException {
    Path root = folder.resolve(name);
    Files.createDirectories(root.resolve("lib"));
    Files.createFile(root.resolve("lib/libtorch_cpu.so"));
    if (version != null) {
      String[] parts = version.split("\\.");
      Path header = root.resolve("include/torch/headeronly/version.h");
      Files.createDirectories(header.getParent());
      Files.writeString(
          header,
          "#define TORCH_VERSION_MAJOR %s\n#define TORCH_VERSION_MINOR %s\n#define TORCH_VERSION_PATCH %s\n"
              .formatted((Object[]) parts));
    }
    return root;
  }

  private LibtorchFinder finder(Map<String, String> environment, @Nullable String property) {
    return new LibtorchFinder(LINUX, environment, property, folder.resolve("cache"), attempts);
  }

  @Test
  void thePropertyWinsOverEverything() throws Exception {
    Path chosen = libtorch("a", "2.13.0");
    Path other = libtorch("b", "2.13.0");

    LibtorchFinder.Libtorch found =
        finder(Map.of("LIBTORCH", other.toString()), chosen.toString()).find("2.13.0", null);

    assertThat(found.lib()).isEqualTo(chosen.resolve("lib"));
    assertThat(found.origin()).contains("freemask.libtorch");
    assertThat(found.version()).isEqualTo("2.13.0");
  }

  @Test
  void variablesMayNameTheRootOrTheLibraries() throws Exception {
    Path root = libtorch("a", "2.12.1");
    Path lib = root.resolve("lib");
    for (String variable : List.of("LIBTORCH", "LIBTORCH_LIB")) {
      for (Path named : List.of(root, lib)) {
        LibtorchFinder.Libtorch found =
            finder(Map.of(variable, named.toString()), null).find("2.13.0", null);
        assertThat(found.lib()).isEqualTo(lib);
        assertThat(found.origin()).isEqualTo(variable);
        assertThat(found.version()).isEqualTo("2.12.1");
      }
    }
  }

  @Test
  void aNamedFolderWithoutLibrariesIsAnErrorEvenWhereOthersHaveThem() throws Exception {
    libtorch("cache/libtorch-2.13.0+cpu", "2.13.0");

    assertThatThrownBy(
            () -> finder(Map.of("LIBTORCH", folder.toString()), null).find("2.13.0", null))
        .isInstanceOf(LibtorchFinder.NotFoundException.class)
        .hasMessageContaining("LIBTORCH is " + folder)
        .hasMessageContaining("libtorch_cpu.so");
  }

  @Test
  void theCacheIsSearchedForTheVersionThatIsNeeded() throws Exception {
    libtorch("cache/libtorch-2.14.0+cpu", "2.14.0");
    Path wanted = libtorch("cache/libtorch-2.13.0+cpu", null);
    Files.createDirectories(folder.resolve("cache/libtorch-2.15.0+cpu/lib"));

    LibtorchFinder.Libtorch found = finder(Map.of("LIBTORCH", " "), null).find("2.13.0", null);

    assertThat(found.lib()).isEqualTo(wanted.resolve("lib"));
    assertThat(found.origin()).isEqualTo("cache");
    assertThat(finder(Map.of(), null).find(null, null).version()).isEqualTo("2.14.0");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "0", "false", "OFF", "No"})
  void pythonIsNotAskedWhenTheSwitchIsOff(String value) throws Exception {
    Path built = libtorch("built", "2.13.0");

    LibtorchFinder.Libtorch found =
        finder(Map.of("LIBTORCH_USE_PYTORCH", value), null)
            .find("2.13.0", built.resolve("lib").toString());

    assertThat(found.origin()).isEqualTo("the build's libtorch");
  }

  @Test
  void theBuildsFolderIsTheLastResort() throws Exception {
    Path built = libtorch("built", "2.13.0");

    assertThat(finder(Map.of(), null).find("2.13.0", built.resolve("lib").toString()).origin())
        .isEqualTo("the build's libtorch");
  }

  @Test
  void whenThereIsNoneTheMessageTellsWhatWasLookedForAndWhatToSet() throws Exception {
    libtorch("cache/libtorch-2.12.0+cpu", "2.12.0");

    assertThatThrownBy(() -> finder(Map.of(), null).find("2.13.0", "/nowhere/lib"))
        .isInstanceOf(LibtorchFinder.NotFoundException.class)
        .hasMessageContainingAll(
            "freemask.libtorch: not set",
            "LIBTORCH: not set",
            "LIBTORCH_USE_PYTORCH: not set, or off",
            "libtorch-2.12.0+cpu is 2.12.0, the library was built for 2.13.0",
            "/nowhere/lib",
            "set LIBTORCH")
        .hasMessageNotContaining("\n");
    assertThat(attempts).hasSize(6).noneMatch(LoadReport.Attempt::ok);
  }

  @Test
  void versionsAreReadFromPyTorchsFilesToo() throws Exception {
    Path root = libtorch("torch", null);
    assertThat(LibtorchFinder.versionOf(root.resolve("lib"))).isEmpty();
    Files.writeString(root.resolve("version.py"), "__version__ = '2.13.1+cu130'\n");

    assertThat(LibtorchFinder.versionOf(root.resolve("lib"))).contains("2.13.1");
  }

  @Test
  void platforms() {
    assertThat(Platform.of("Linux", "amd64")).hasToString("linux-x86_64");
    assertThat(Platform.of("Mac OS X", "aarch64")).hasToString("macos-aarch64");
    assertThat(Platform.of("Windows 11", "amd64")).hasToString("windows-x86_64");
    assertThat(Platform.of("Windows 11", "amd64").libraryFile("fmk")).isEqualTo("fmk.dll");
    assertThat(Platform.of("Mac OS X", "aarch64").libraryFile("fmk")).isEqualTo("libfmk.dylib");
    assertThat(LINUX.libraryFile("fmk")).isEqualTo("libfmk.so");
  }
}
