package io.freemask.internal.ffi;

import io.freemask.internal.bindings.Fmk;
import io.freemask.internal.bindings.fmk_build_info;
import io.freemask.internal.cache.CacheDirectory;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.URL;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Loads libtorch and the native library on top of it, once, and checks that they belong together.
 *
 * <p>The native library is the file that the system property {@code freemask.library} names, or the
 * one that the jar holds under {@code native/<os>-<arch>/}, extracted to the user's cache. libtorch
 * is loaded first and by absolute path, in the order of its dependencies, so that the native
 * library's own run path does not matter.
 */
final class LibraryLoader {

  static final String LIBRARY_PROPERTY = "freemask.library";

  private static final System.Logger LOG = System.getLogger(LibraryLoader.class.getName());

  private final Platform platform = Platform.current();
  private final List<LoadReport.Attempt> attempts = new ArrayList<>();
  private LibtorchFinder.@Nullable Libtorch libtorch;
  private @Nullable Path library;
  private String libraryOrigin = "";

  private LibraryLoader() {}

  /** Loads everything. Never throws on purpose: what went wrong is in the report. */
  static LoadReport load() {
    return new LibraryLoader().run();
  }

  private LoadReport run() {
    BuildInfo build = null;
    String failure = null;
    try {
      Properties hint = hint();
      Path chosen = chooseLibrary();
      library = chosen;
      LibtorchFinder.Libtorch found =
          new LibtorchFinder(
                  platform,
                  System.getenv(),
                  System.getProperty(LibtorchFinder.PROPERTY),
                  CacheDirectory.ofUser().root(),
                  attempts)
              .find(hint.getProperty("version"), hint.getProperty("lib"));
      libtorch = found;
      loadLibtorch(found);
      loadFile(chosen, found);
      build = checkAbi(chosen);
      attempts.add(new LoadReport.Attempt("C interface and libtorch version", true, "as needed"));
    } catch (LoadException | LibtorchFinder.NotFoundException e) {
      failure = e.getMessage();
    } catch (IllegalCallerException e) {
      failure = nativeAccessMessage();
    }
    LibtorchFinder.Libtorch found = libtorch;
    return new LoadReport(
        platform.toString(),
        Optional.ofNullable(found).map(LibtorchFinder.Libtorch::lib),
        found == null ? "" : found.origin(),
        Optional.ofNullable(library),
        libraryOrigin,
        Optional.ofNullable(build),
        attempts,
        Optional.ofNullable(failure));
  }

  /** A step that failed; the message is for the user. */
  private static final class LoadException extends Exception {

    private static final long serialVersionUID = 1L;

    LoadException(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }

  private String resource(String file) {
    return "/native/" + platform + "/" + file;
  }

  /** What the build noted beside the library: the libtorch version it needs and where it was. */
  private Properties hint() throws LoadException {
    Properties properties = new Properties();
    try (InputStream in =
        LibraryLoader.class.getResourceAsStream(resource("libtorch.properties"))) {
      if (in != null) {
        properties.load(in);
      }
    } catch (IOException e) {
      throw new LoadException("cannot read " + resource("libtorch.properties") + ": " + e, e);
    }
    return properties;
  }

  private Path chooseLibrary() throws LoadException {
    String file = platform.libraryFile("fmk");
    String property = System.getProperty(LIBRARY_PROPERTY);
    if (property != null && !property.isBlank()) {
      libraryOrigin = "property " + LIBRARY_PROPERTY;
      Path path = Path.of(property).toAbsolutePath();
      if (!Files.isRegularFile(path)) {
        attempts.add(new LoadReport.Attempt(libraryOrigin, false, "there is no file " + path));
        throw new LoadException(
            "the native library was not found: "
                + libraryOrigin
                + " is "
                + path
                + ", which is not a file",
            null);
      }
      attempts.add(new LoadReport.Attempt(libraryOrigin, true, path.toString()));
      return path;
    }
    attempts.add(new LoadReport.Attempt("property " + LIBRARY_PROPERTY, false, "not set"));
    String resource = resource(file);
    URL url = LibraryLoader.class.getResource(resource);
    if (url == null) {
      attempts.add(new LoadReport.Attempt("resource " + resource, false, "not in this jar"));
      throw new LoadException(
          "this build of freemask holds no native library for "
              + platform
              + " (looked for the resource "
              + resource
              + "): build it on this platform, or set -D"
              + LIBRARY_PROPERTY
              + " to its path",
          null);
    }
    libraryOrigin = "resource " + resource;
    CacheDirectory cache = CacheDirectory.ofUser();
    try {
      String sha256;
      try (InputStream in = url.openStream()) {
        sha256 = CacheDirectory.sha256(in);
      }
      Path path = cache.store("native", sha256, file, sha256, url::openStream);
      attempts.add(new LoadReport.Attempt(libraryOrigin, true, path.toString()));
      return path;
    } catch (IOException e) {
      attempts.add(new LoadReport.Attempt(libraryOrigin, false, e.toString()));
      throw new LoadException(
          "cannot extract the native library to "
              + cache.root()
              + ": "
              + e
              + " (set XDG_CACHE_HOME to a folder that can be written)",
          e);
    }
  }

  private void loadLibtorch(LibtorchFinder.Libtorch found) throws LoadException {
    Path lib = found.lib();
    for (Path openMp : matching(lib, "libgomp*")) {
      tryLoad(openMp);
    }
    Path cuda = lib.resolve(platform.libraryFile("torch_cuda"));
    if (Files.isRegularFile(cuda)) {
      loadNvidia(lib);
    }
    for (String name : List.of("c10", "torch_cpu")) {
      Path file = lib.resolve(platform.libraryFile(name));
      String problem = tryLoad(file);
      if (problem != null) {
        throw new LoadException("cannot load " + file + ": " + problem, null);
      }
    }
    if (Files.isRegularFile(cuda)) {
      for (Path file : List.of(lib.resolve(platform.libraryFile("c10_cuda")), cuda)) {
        String problem = tryLoad(file);
        if (problem != null) {
          LOG.log(System.Logger.Level.WARNING, "CUDA cannot be used: {0}: {1}", file, problem);
          return;
        }
      }
    }
  }

  /**
   * Loads the NVIDIA libraries that pip keeps beside torch, where there are any. They depend on one
   * another in ways that change with each release, so whatever fails is tried again as long as
   * something else succeeded.
   */
  private void loadNvidia(Path lib) {
    Path torch = lib.getParent();
    Path packages = torch == null ? null : torch.resolveSibling("nvidia");
    if (packages == null || !Files.isDirectory(packages)) {
      return;
    }
    Set<Path> waiting = new LinkedHashSet<>();
    for (Path folder : matching(packages, "*")) {
      waiting.addAll(matching(folder.resolve("lib"), "lib*.so*"));
    }
    boolean progress = true;
    List<String> problems = new ArrayList<>();
    while (progress && !waiting.isEmpty()) {
      problems.clear();
      progress = false;
      for (Path file : List.copyOf(waiting)) {
        try {
          System.load(file.toAbsolutePath().toString());
          waiting.remove(file);
          progress = true;
        } catch (UnsatisfiedLinkError e) {
          problems.add(String.valueOf(e.getMessage()));
        }
      }
    }
    String detail = problems.isEmpty() ? "loaded" : "some not loaded: " + problems;
    attempts.add(
        new LoadReport.Attempt("NVIDIA libraries in " + packages, problems.isEmpty(), detail));
  }

  private List<Path> matching(Path folder, String pattern) {
    List<Path> files = new ArrayList<>();
    if (Files.isDirectory(folder)) {
      try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, pattern)) {
        found.forEach(files::add);
      } catch (IOException e) {
        attempts.add(new LoadReport.Attempt(folder + "/" + pattern, false, e.toString()));
      }
    }
    Collections.sort(files);
    return files;
  }

  /** Returns why the file cannot be loaded, or null when it was. */
  private @Nullable String tryLoad(Path file) {
    try {
      System.load(file.toAbsolutePath().toString());
      attempts.add(new LoadReport.Attempt("load " + file, true, "loaded"));
      return null;
    } catch (UnsatisfiedLinkError e) {
      String problem = oneLine(e);
      attempts.add(new LoadReport.Attempt("load " + file, false, problem));
      return problem;
    }
  }

  private void loadFile(Path chosen, LibtorchFinder.Libtorch found) throws LoadException {
    String problem = tryLoad(chosen);
    if (problem != null) {
      throw new LoadException(
          "cannot load the native library "
              + chosen
              + " on libtorch "
              + (found.version() == null ? "" : found.version() + " ")
              + "in "
              + found.lib()
              + " ("
              + found.origin()
              + "): "
              + problem,
          null);
    }
  }

  private static BuildInfo checkAbi(Path chosen) throws LoadException {
    try (Arena arena = Arena.ofConfined()) {
      int version = Fmk.fmk_abi_version();
      int major = version >>> 16;
      int minor = version & 0xffff;
      if (major != Fmk.FMK_ABI_MAJOR() || minor < Fmk.FMK_ABI_MINOR()) {
        throw new LoadException(
            "the native library "
                + chosen
                + " has the C interface "
                + major
                + "."
                + minor
                + ", this freemask needs "
                + Fmk.FMK_ABI_MAJOR()
                + "."
                + Fmk.FMK_ABI_MINOR()
                + " or a later minor version: build both from one revision",
            null);
      }
      MemorySegment info = fmk_build_info.allocate(arena);
      fmk_build_info.struct_size(info, Math.toIntExact(fmk_build_info.sizeof()));
      int status = Fmk.fmk_build_info_get(info);
      if (status == Fmk.FMK_STATUS_ABI_MISMATCH()) {
        throw new LoadException(
            "the native library "
                + chosen
                + " was compiled for libtorch "
                + text(fmk_build_info.libtorch_compiled(info))
                + ", but libtorch "
                + text(fmk_build_info.libtorch_loaded(info))
                + " was loaded: set LIBTORCH to the former, or build freemask against the latter",
            null);
      }
      if (status != Fmk.FMK_STATUS_OK()) {
        throw new LoadException(
            chosen + ": fmk_build_info_get failed: " + NativeCalls.lastMessage(), null);
      }
      return new BuildInfo(
          major,
          minor,
          text(fmk_build_info.libtorch_compiled(info)),
          text(fmk_build_info.libtorch_loaded(info)),
          fmk_build_info.cuda_compiled(info) != 0,
          text(fmk_build_info.cuda_version(info)),
          Fmk.fmk_cuda_device_count(),
          text(fmk_build_info.git_revision(info)),
          text(fmk_build_info.compiler(info)));
    } catch (LinkageError e) {
      // The bindings look a function up when its class is first used.
      for (Throwable cause = e; cause != null; cause = cause.getCause()) {
        if (cause instanceof IllegalCallerException refused) {
          throw refused;
        }
      }
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new LoadException(
          chosen + " is not freemask's native library, or a damaged one: " + oneLine(cause), e);
    }
  }

  private static String text(MemorySegment string) {
    return string.equals(MemorySegment.NULL) ? "" : string.getString(0);
  }

  private static String oneLine(Throwable e) {
    return String.valueOf(e.getMessage()).replaceAll("\\s+", " ").strip();
  }

  private static String nativeAccessMessage() {
    Module module = LibraryLoader.class.getModule();
    String target = module.isNamed() ? module.getName() : "ALL-UNNAMED";
    return "this JVM does not let freemask call native code: start java with"
        + " --enable-native-access="
        + target;
  }
}
