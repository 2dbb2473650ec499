package io.freemask.internal.ffi;

import static org.assertj.core.api.Assertions.assertThat;

import io.freemask.internal.bindings.Fmk;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Loading, each time in a JVM of its own, with an empty cache and a given libtorch. */
class LibraryLoaderIT {

  @TempDir Path folder;

  private Path libtorch;
  private Path library;

  @BeforeEach
  void thisJvmsLibraries() {
    LoadReport report = NativeRuntime.report();
    libtorch = report.libtorch().orElseThrow();
    library = report.library().orElseThrow();
  }

  private String probe(Map<String, String> environment, String... options)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    if (Stream.of(options).noneMatch(option -> option.contains("native-access"))) {
      command.add("--enable-native-access=ALL-UNNAMED");
    }
    command.addAll(List.of(options));
    command.addAll(
        List.of("-cp", System.getProperty("java.class.path"), LoadProbe.class.getName()));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().keySet().removeIf(name -> name.startsWith("LIBTORCH"));
    builder.environment().put("XDG_CACHE_HOME", folder.resolve("cache").toString());
    builder.environment().putAll(environment);
    Process process = builder.start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output;
  }

  private Path compiled(String name, String source) throws IOException, InterruptedException {
    Path c = Files.writeString(folder.resolve(name + ".c"), source);
    Path so = folder.resolve(name + ".so");
    Process compiler =
        new ProcessBuilder("cc", "-shared", "-fPIC", "-o", so.toString(), c.toString())
            .inheritIO()
            .start();
    assertThat(compiler.waitFor()).as("cc").isZero();
    return so;
  }

  @Test
  void theShimIsExtractedOnceAndRepairedWhenDamaged() throws Exception {
    Map<String, String> environment = Map.of("LIBTORCH_LIB", libtorch.toString());
    assertThat(probe(environment)).contains("OK ", "from LIBTORCH_LIB");
    List<Path> files;
    try (Stream<Path> walk = Files.walk(folder.resolve("cache"))) {
      files = walk.filter(Files::isRegularFile).toList();
    }
    assertThat(files).hasSize(1);
    Path extracted = files.getFirst();
    // The folder is the hash of the content.
    assertThat(extracted.getParent().getFileName().toString()).matches("[0-9a-f]{64}");
    Object inode = Files.getAttribute(extracted, "unix:ino");

    assertThat(probe(environment)).contains("OK ");
    assertThat(Files.getAttribute(extracted, "unix:ino")).isEqualTo(inode);

    Files.writeString(extracted, "damaged");
    assertThat(probe(environment)).contains("OK ");
    assertThat(Files.size(extracted)).isEqualTo(Files.size(library));
  }

  @Test
  void aPathGivenByPropertyWins() throws Exception {
    Path copy =
        Files.copy(library, folder.resolve("elsewhere.so"), StandardCopyOption.REPLACE_EXISTING);

    assertThat(probe(Map.of(), "-Dfreemask.library=" + copy, "-Dfreemask.libtorch=" + libtorch))
        .contains(
            "OK ", copy.toString(), "property freemask.library", "property freemask.libtorch");
    assertThat(folder.resolve("cache")).doesNotExist();
  }

  @Test
  void missingFiles() throws Exception {
    assertThat(probe(Map.of(), "-Dfreemask.library=" + folder.resolve("none.so")))
        .contains("FAILED", "none.so", "freemask.library");
    assertThat(probe(Map.of("LIBTORCH", folder.toString())))
        .contains("FAILED", "libtorch was not found", "LIBTORCH is " + folder, "libtorch_cpu");
  }

  @Test
  void filesThatAreNoLibraries() throws Exception {
    Path text = Files.writeString(folder.resolve("text.so"), "not a library");
    assertThat(probe(Map.of("LIBTORCH", libtorch.toString()), "-Dfreemask.library=" + text))
        .contains("FAILED cannot load the native library " + text);

    Path fake = Files.createDirectory(folder.resolve("fake"));
    Files.writeString(fake.resolve("libtorch_cpu.so"), "not a library");
    Files.writeString(fake.resolve("libc10.so"), "not a library");
    assertThat(probe(Map.of("LIBTORCH", fake.toString())))
        .contains("FAILED cannot load " + fake.resolve("libc10.so"));
  }

  @Test
  void aLibraryThatIsSomethingElse() throws Exception {
    Path other = compiled("other", "int other(void) { return 1; }");

    assertThat(probe(Map.of("LIBTORCH", libtorch.toString()), "-Dfreemask.library=" + other))
        .contains("FAILED " + other, "is not freemask's native library");
  }

  @Test
  void anotherMajorVersionOfTheInterface() throws Exception {
    int major = Fmk.FMK_ABI_MAJOR() + 1;
    Path newer =
        compiled("newer", "unsigned fmk_abi_version(void) { return " + (major << 16) + "u; }");

    assertThat(probe(Map.of("LIBTORCH", libtorch.toString()), "-Dfreemask.library=" + newer))
        .contains(
            "FAILED",
            "has the C interface "
                + major
                + ".0, this freemask needs "
                + Fmk.FMK_ABI_MAJOR()
                + ".");
  }

  /** An older library lacks functions; a newer one of the same major number has all of them. */
  @Test
  void anotherMinorVersionOfTheInterface() throws Exception {
    int version = (Fmk.FMK_ABI_MAJOR() << 16) | Fmk.FMK_ABI_MINOR();
    String needed = Fmk.FMK_ABI_MAJOR() + "." + Fmk.FMK_ABI_MINOR();
    Path older =
        compiled("older", "unsigned fmk_abi_version(void) { return " + (version - 1) + "u; }");
    Path later =
        compiled("later", "unsigned fmk_abi_version(void) { return " + (version + 1) + "u; }");

    assertThat(probe(Map.of("LIBTORCH", libtorch.toString()), "-Dfreemask.library=" + older))
        .contains("FAILED", "has the C interface", "this freemask needs " + needed);
    // What the stand-in lacks comes after the version was accepted.
    assertThat(probe(Map.of("LIBTORCH", libtorch.toString()), "-Dfreemask.library=" + later))
        .contains("FAILED", "fmk_build_info_get")
        .doesNotContain("this freemask needs");
  }

  @Test
  void anotherLibtorchThanTheOneCompiledFor() throws Exception {
    int version = (Fmk.FMK_ABI_MAJOR() << 16) | Fmk.FMK_ABI_MINOR();
    Path mixed =
        compiled(
            "mixed",
            "unsigned fmk_abi_version(void) { return "
                + version
                + "u; }\n"
                + "struct info { unsigned size; int cuda; const char *compiled, *loaded, *v, *g,"
                + " *c; };\n"
                + "int fmk_build_info_get(struct info* i) {\n"
                + "  i->compiled = \"2.11.0\"; i->loaded = \"2.13.0\"; return "
                + Fmk.FMK_STATUS_ABI_MISMATCH()
                + "; }\n");

    assertThat(probe(Map.of("LIBTORCH", libtorch.toString()), "-Dfreemask.library=" + mixed))
        .contains("FAILED", "compiled for libtorch 2.11.0, but libtorch 2.13.0 was loaded");
  }

  @Test
  void nativeAccessThatIsNotAllowed() throws Exception {
    List<String> options = new ArrayList<>(List.of("--enable-native-access=java.logging"));
    if (Runtime.version().feature() >= 24) {
      // Before 24 naming another module is enough to refuse this one.
      options.add("--illegal-native-access=deny");
    }
    assertThat(probe(Map.of("LIBTORCH", libtorch.toString()), options.toArray(String[]::new)))
        .contains("FAILED", "--enable-native-access=ALL-UNNAMED");
  }

  @Test
  void aPythonThatHasNoTorch() throws Exception {
    Path bin = Files.createDirectory(folder.resolve("bin"));
    Path python = bin.resolve("python3");
    Files.writeString(
        python, "#!/bin/sh\necho \"ModuleNotFoundError: No module named 'torch'\"\nexit 1\n");
    assertThat(python.toFile().setExecutable(true)).isTrue();

    assertThat(probe(Map.of("LIBTORCH_USE_PYTORCH", "1", "PATH", bin.toString())))
        .contains("FAILED", "LIBTORCH_USE_PYTORCH is set", "No module named 'torch'");

    Files.writeString(python, "#!/bin/sh\necho some warning\necho " + libtorch.getParent() + "\n");
    assertThat(probe(Map.of("LIBTORCH_USE_PYTORCH", "1", "PATH", bin.toString())))
        .contains("OK ", "from LIBTORCH_USE_PYTORCH");
  }

  @Test
  void aCacheThatCannotBeWritten() throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "");

    assertThat(probe(Map.of("LIBTORCH", libtorch.toString(), "XDG_CACHE_HOME", file.toString())))
        .contains("FAILED cannot extract the native library", "XDG_CACHE_HOME");
  }
}
