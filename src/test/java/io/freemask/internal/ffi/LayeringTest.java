package io.freemask.internal.ffi;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Native code is reached through one package alone. */
class LayeringTest {

  private static final Path SOURCES = Path.of("src", "main", "java");
  private static final Path FFI = SOURCES.resolve(Path.of("io", "freemask", "internal", "ffi"));

  private static List<Path> sourcesThatMatch(String regex) throws IOException {
    Pattern pattern = Pattern.compile(regex);
    try (Stream<Path> files = Files.walk(SOURCES)) {
      return files
          .filter(file -> file.toString().endsWith(".java"))
          .filter(
              file -> {
                try {
                  return pattern.matcher(Files.readString(file)).find();
                } catch (IOException e) {
                  throw new java.io.UncheckedIOException(e);
                }
              })
          .toList();
    }
  }

  @Test
  void onlyThisPackageUsesTheBindingsAndTheLinker() throws IOException {
    List<Path> users =
        sourcesThatMatch(
            "internal\\.bindings|foreign\\.(Linker|SymbolLookup|FunctionDescriptor)"
                + "|System\\.load(Library)?\\(");

    assertThat(users).isNotEmpty().allMatch(file -> file.startsWith(FFI));
  }

  @Test
  void nothingReinterpretsMemory() throws IOException {
    assertThat(sourcesThatMatch("\\.reinterpret\\(")).isEmpty();
  }

  @Test
  void onlyWeightsAndThisPackageHandleNativeMemory() throws IOException {
    Path weights = SOURCES.resolve(Path.of("io", "freemask", "weights"));

    assertThat(sourcesThatMatch("foreign\\.(MemorySegment|Arena)"))
        .isNotEmpty()
        .allMatch(file -> file.startsWith(FFI) || file.startsWith(weights));
  }

  @Test
  void thisPackageKnowsNoOtherOfTheProject() throws IOException {
    assertThat(sourcesThatMatch("import io\\.freemask\\.(tensor|weights|model|scheduler)\\."))
        .noneMatch(file -> file.startsWith(FFI));
  }
}
