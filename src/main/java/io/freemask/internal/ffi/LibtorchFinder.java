package io.freemask.internal.ffi;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Finds the folder of libtorch's shared libraries.
 *
 * <p>The first that is set decides, and what it names must be complete: the system property {@code
 * freemask.libtorch}; the environment variables {@code LIBTORCH_LIB} or {@code LIBTORCH}; {@code
 * LIBTORCH_USE_PYTORCH=1}, which asks python3 (0, false, off, no and an empty value are off). With
 * none of them: the project's cache, then the folder that the native library was built against. A
 * named folder may be the one that holds the libraries or its parent.
 */
final class LibtorchFinder {

  static final String PROPERTY = "freemask.libtorch";

  private static final String ADVICE =
      "set LIBTORCH to the folder of an unpacked libtorch, or LIBTORCH_USE_PYTORCH=1 to use the"
          + " PyTorch that python3 imports";
  private static final Set<String> OFF = Set.of("", "0", "false", "off", "no");
  private static final Pattern VERSION_PARTS =
      Pattern.compile("MAJOR +(\\d+).*?MINOR +(\\d+).*?PATCH +(\\d+)", Pattern.DOTALL);
  private static final Pattern PYTHON_VERSION =
      Pattern.compile("__version__ *= *['\"](\\d+\\.\\d+\\.\\d+)");
  private static final Pattern FOLDER_VERSION = Pattern.compile("libtorch-(\\d+\\.\\d+\\.\\d+).*");

  private final Platform platform;
  private final Map<String, String> environment;
  private final @Nullable String property;
  private final Path cacheRoot;
  private final List<LoadReport.Attempt> attempts;

  LibtorchFinder(
      Platform platform,
      Map<String, String> environment,
      @Nullable String property,
      Path cacheRoot,
      List<LoadReport.Attempt> attempts) {
    this.platform = platform;
    this.environment = environment;
    this.property = property;
    this.cacheRoot = cacheRoot;
    this.attempts = attempts;
  }

  /**
   * A libtorch that was found.
   *
   * @param lib the folder that holds its libraries
   * @param origin what named it
   * @param version its version, or null where its files do not say
   */
  record Libtorch(Path lib, String origin, @Nullable String version) {}

  /** A libtorch that was not found; the message says what was looked for and what to set. */
  static final class NotFoundException extends Exception {

    private static final long serialVersionUID = 1L;

    NotFoundException(String message) {
      super(message);
    }
  }

  /**
   * Finds libtorch.
   *
   * @param builtFor version that the native library was compiled for, or null when unknown
   * @param builtAgainst the folder it was linked with, or null when unknown
   */
  Libtorch find(@Nullable String builtFor, @Nullable String builtAgainst) throws NotFoundException {
    String set = nonBlank(property);
    if (set != null) {
      return named("property " + PROPERTY, set);
    }
    attempts.add(new LoadReport.Attempt("property " + PROPERTY, false, "not set"));
    for (String variable : List.of("LIBTORCH_LIB", "LIBTORCH")) {
      String value = nonBlank(environment.get(variable));
      if (value != null) {
        return named(variable, value);
      }
      attempts.add(new LoadReport.Attempt(variable, false, "not set"));
    }
    if (isOn(environment.get("LIBTORCH_USE_PYTORCH"))) {
      return named("LIBTORCH_USE_PYTORCH", askPython());
    }
    attempts.add(new LoadReport.Attempt("LIBTORCH_USE_PYTORCH", false, "not set, or off"));
    Libtorch cached = cached(builtFor);
    if (cached != null) {
      return cached;
    }
    String hint = "the build's libtorch";
    Path hinted = builtAgainst == null ? null : folderOf(Path.of(builtAgainst));
    if (hinted != null) {
      attempts.add(new LoadReport.Attempt(hint, true, hinted.toString()));
      return new Libtorch(hinted, hint, versionOf(hinted).orElse(null));
    }
    attempts.add(
        new LoadReport.Attempt(
            hint,
            false,
            builtAgainst == null ? "not known" : "no " + cpuLibrary() + " in " + builtAgainst));
    StringBuilder message = new StringBuilder("libtorch was not found (looked for ");
    for (int i = 0; i < attempts.size(); i++) {
      message.append(i == 0 ? "" : "; ").append(attempts.get(i));
    }
    throw new NotFoundException(message.append("): ").append(ADVICE).toString());
  }

  /** What was named on purpose is used or refused: nothing else is looked for. */
  private Libtorch named(String origin, String value) throws NotFoundException {
    Path lib = folderOf(Path.of(value));
    if (lib == null) {
      String detail = "no " + cpuLibrary() + " in " + value + " or its folder lib";
      attempts.add(new LoadReport.Attempt(origin, false, detail));
      throw new NotFoundException(
          "libtorch was not found: " + origin + " is " + value + ", but there is " + detail);
    }
    attempts.add(new LoadReport.Attempt(origin, true, lib.toString()));
    return new Libtorch(lib, origin, versionOf(lib).orElse(null));
  }

  private String askPython() throws NotFoundException {
    String origin = "LIBTORCH_USE_PYTORCH";
    String problem;
    try {
      Process process =
          new ProcessBuilder(
                  "python3", "-c", "import os, torch; print(os.path.dirname(torch.__file__))")
              .redirectErrorStream(true)
              .start();
      process.getOutputStream().close();
      String output;
      try (InputStream in = process.getInputStream()) {
        output = new String(in.readAllBytes(), StandardCharsets.UTF_8).strip();
      }
      int status = process.waitFor();
      if (status == 0) {
        return output.lines().reduce("", (first, last) -> last);
      }
      problem = output.lines().reduce("exit code " + status, (first, last) -> last);
    } catch (IOException e) {
      problem = String.valueOf(e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      problem = "interrupted";
    }
    attempts.add(new LoadReport.Attempt(origin, false, problem));
    throw new NotFoundException(
        "libtorch was not found: "
            + origin
            + " is set, but python3 cannot import torch: "
            + problem);
  }

  /** The newest complete folder of the cache whose version is the one needed. */
  private @Nullable Libtorch cached(@Nullable String builtFor) {
    String what = "cache " + cacheRoot.resolve("libtorch-*");
    List<Path> folders = new ArrayList<>();
    if (Files.isDirectory(cacheRoot)) {
      try (DirectoryStream<Path> found = Files.newDirectoryStream(cacheRoot, "libtorch-*")) {
        found.forEach(folders::add);
      } catch (IOException e) {
        attempts.add(new LoadReport.Attempt(what, false, String.valueOf(e.getMessage())));
        return null;
      }
    }
    folders.sort(Comparator.comparing(Path::toString).reversed());
    List<String> refused = new ArrayList<>();
    for (Path folder : folders) {
      Path lib = folderOf(folder);
      if (lib == null) {
        refused.add(folder.getFileName() + " holds no " + cpuLibrary());
        continue;
      }
      String version = versionOf(lib).orElse(null);
      if (builtFor != null && version != null && !version.equals(builtFor)) {
        refused.add(
            folder.getFileName() + " is " + version + ", the library was built for " + builtFor);
        continue;
      }
      attempts.add(new LoadReport.Attempt(what, true, lib.toString()));
      return new Libtorch(lib, "cache", version);
    }
    attempts.add(
        new LoadReport.Attempt(
            what, false, refused.isEmpty() ? "none there" : String.join(", ", refused)));
    return null;
  }

  /** The folder itself or its folder lib, whichever holds the libraries. */
  private @Nullable Path folderOf(Path named) {
    for (Path folder : List.of(named.resolve("lib"), named)) {
      if (Files.isRegularFile(folder.resolve(cpuLibrary()))) {
        return folder.toAbsolutePath().normalize();
      }
    }
    return null;
  }

  private String cpuLibrary() {
    return platform.libraryFile("torch_cpu");
  }

  /** The version that the files beside the libraries state. */
  static Optional<String> versionOf(Path lib) {
    Path root = lib.getParent();
    if (root == null) {
      return Optional.empty();
    }
    for (String header :
        List.of(
            "include/torch/headeronly/version.h",
            "include/torch/csrc/api/include/torch/version.h")) {
      Matcher parts = VERSION_PARTS.matcher(textOf(root.resolve(header)));
      if (parts.find()) {
        return Optional.of(parts.group(1) + "." + parts.group(2) + "." + parts.group(3));
      }
    }
    Matcher python = PYTHON_VERSION.matcher(textOf(root.resolve("version.py")));
    if (python.find()) {
      return Optional.of(python.group(1));
    }
    Matcher folder = FOLDER_VERSION.matcher(String.valueOf(root.getFileName()));
    return folder.matches() ? Optional.of(folder.group(1)) : Optional.empty();
  }

  /** The text of a file that may be missing; a version is only looked for, never required. */
  private static String textOf(Path file) {
    try {
      return Files.isRegularFile(file) ? Files.readString(file) : "";
    } catch (IOException e) {
      return "";
    }
  }

  /** As cmake/FmkLibtorch.cmake reads a switch. */
  private static boolean isOn(@Nullable String value) {
    return value != null && !OFF.contains(value.strip().toLowerCase(Locale.ROOT));
  }

  private static @Nullable String nonBlank(@Nullable String value) {
    return value == null || value.isBlank() ? null : value;
  }
}
