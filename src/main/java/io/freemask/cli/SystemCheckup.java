package io.freemask.cli;

import io.freemask.FreeMaskException;
import io.freemask.backend.BackendProvider;
import io.freemask.backend.BackendRequest;
import io.freemask.backend.Backends;
import io.freemask.cli.Finding.State;
import io.freemask.internal.ffi.BuildInfo;
import io.freemask.internal.ffi.LoadReport;
import io.freemask.internal.ffi.NativeRuntime;
import io.freemask.model.ModelDirectory;
import io.freemask.tensor.AttentionPath;
import io.freemask.tensor.Context;
import io.freemask.tensor.DType;
import io.freemask.tensor.Device;
import io.freemask.video.Clip;
import io.freemask.video.FrameRate;
import io.freemask.video.FrameSink;
import io.freemask.video.FrameSize;
import io.freemask.video.FrameSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Looks at everything that an edit needs. */
final class SystemCheckup {

  private static final int MINIMUM_JAVA = 22;
  private static final Path NVIDIA_DRIVER = Path.of("/proc/driver/nvidia");
  private static final Path NVIDIA_DEVICE = Path.of("/dev/nvidia0");

  private static final int SIDE = 64;

  private static final System.Logger LOGGER = System.getLogger(SystemCheckup.class.getName());

  private final LoadReport report;

  SystemCheckup() {
    report = NativeRuntime.report();
  }

  /**
   * Returns what was found.
   *
   * @param model a model directory, or null for the built-in model
   */
  List<Finding> run(@Nullable Path model) {
    return List.of(
        java(),
        libtorch(),
        nativeLibrary(),
        attention(),
        cuda(),
        backends(),
        video(),
        model(model));
  }

  private static Finding java() {
    Runtime.Version version = Runtime.version();
    Module module = SystemCheckup.class.getModule();
    String name = module.isNamed() ? module.getName() : "ALL-UNNAMED";
    String summary = version + ", " + System.getProperty("java.vendor");
    List<String> details =
        List.of(
            "home: " + System.getProperty("java.home"),
            "native access for "
                + name
                + ": "
                + (module.isNativeAccessEnabled() ? "enabled" : "not enabled"));
    if (version.feature() < MINIMUM_JAVA) {
      return Finding.of(
          "Java",
          State.ERROR,
          summary + ": too old",
          details,
          "install JDK " + MINIMUM_JAVA + " or newer and set JAVA_HOME to it");
    }
    if (!module.isNativeAccessEnabled()) {
      return Finding.of(
          "Java",
          State.WARNING,
          summary + ": native access is not granted, which later releases of Java refuse",
          details,
          "start java with --enable-native-access=" + name);
    }
    return Finding.ok("Java", summary, details);
  }

  private Finding libtorch() {
    List<String> places = new ArrayList<>();
    for (LoadReport.Attempt attempt : report.attempts()) {
      places.add((attempt.ok() ? "found   " : "not     ") + attempt);
    }
    if (report.libtorch().isEmpty() && report.library().isEmpty()) {
      return Finding.of(
          "libtorch",
          State.WARNING,
          "not looked for: the native library, which says what it needs, is missing",
          places);
    }
    if (report.libtorch().isEmpty()) {
      return new Finding(
          "libtorch",
          State.ERROR,
          report.failure().orElse("not found"),
          places,
          List.of(
              "set LIBTORCH to the folder of an unpacked libtorch (2.11 or newer), or",
              "set LIBTORCH_USE_PYTORCH=1 to use the PyTorch that python3 imports"));
    }
    String version = report.build().map(BuildInfo::libtorchLoaded).orElse("version unknown");
    return Finding.ok(
        "libtorch",
        version + " in " + report.libtorch().get() + " (" + report.libtorchOrigin() + ")",
        places);
  }

  private Finding nativeLibrary() {
    String where =
        report
            .library()
            .map(path -> path + " (" + report.libraryOrigin() + ")")
            .orElse("not found");
    if (!report.usable()) {
      return Finding.of(
          "native library",
          State.ERROR,
          report.failure().orElse("not usable"),
          List.of("platform: " + report.platform(), "path: " + where),
          "build it with mvn package, or set -Dfreemask.library to the path of libfmk");
    }
    BuildInfo build = report.build().orElseThrow();
    return Finding.ok(
        "native library",
        where,
        List.of(
            "platform: " + report.platform(),
            "C interface: " + build.abiMajor() + "." + build.abiMinor(),
            "revision: " + (build.gitRevision().isEmpty() ? "unknown" : build.gitRevision()),
            "compiled for libtorch: " + build.libtorchCompiled(),
            "compiled by: " + build.compiler()));
  }

  /**
   * Returns which attention kernels fit this machine, and whether the environment forces a path.
   */
  private Finding attention() {
    if (!report.usable()) {
      return Finding.of("attention", State.WARNING, "needs the native library", List.of());
    }
    String forced = System.getenv("FREEMASK_ATTENTION");
    try {
      Context.open(Device.CPU, 0, 0).close();
      return Finding.ok(
          "attention",
          "fused kernels for " + NativeRuntime.cpuKernels() + " on the CPU",
          List.of(
              "FREEMASK_ATTENTION: " + (forced == null || forced.isEmpty() ? "not set" : forced),
              "CUDA: "
                  + (report.build().map(BuildInfo::cudaCompiled).orElse(false)
                      ? "fused kernels on GPUs of compute capability 8.0 and newer"
                      : "reference operations, this build has no CUDA kernels")));
    } catch (FreeMaskException e) {
      return Finding.of(
          "attention",
          State.ERROR,
          ExitCode.message(e),
          List.of(),
          "unset FREEMASK_ATTENTION, or set it to auto, reference or fused");
    }
  }

  /** Returns whether there is a GPU, and whether it can be used. */
  Finding cuda() {
    List<String> gpus = gpus();
    boolean compiled = report.build().map(BuildInfo::cudaCompiled).orElse(false);
    int devices = report.build().map(BuildInfo::cudaDevices).orElse(0);
    boolean cudaLibtorch =
        report.libtorch().map(lib -> Files.exists(lib.resolve("libtorch_cuda.so"))).orElse(false);
    List<String> details =
        List.of(
            "GPUs of the driver: " + (gpus.isEmpty() ? "none" : String.join("; ", gpus)),
            "libtorch: " + (cudaLibtorch ? "with CUDA" : "CPU only"),
            "native library: " + (compiled ? "with CUDA" : "CPU only"),
            "usable devices: " + devices);
    if (devices > 0) {
      return Finding.ok("CUDA", devices + " usable, use --device cuda", details);
    }
    if (gpus.isEmpty()) {
      return Finding.ok("CUDA", "no GPU here; freemask runs on the CPU", details);
    }
    if (!cudaLibtorch) {
      return Finding.of(
          "CUDA",
          State.WARNING,
          "there is a GPU, but libtorch is the CPU build",
          details,
          "python3 -m pip install torch && LIBTORCH_USE_PYTORCH=1 ./freemask doctor");
    }
    return Finding.of(
        "CUDA",
        State.WARNING,
        compiled
            ? "there is a GPU, but CUDA cannot use it: does the driver fit libtorch's CUDA?"
            : "there is a GPU, but the native library was built without CUDA",
        details,
        compiled
            ? "compare nvidia-smi with the CUDA version of libtorch"
            : "mvn clean package, with this libtorch set");
  }

  /** Names the GPUs as the driver does; empty without a driver. */
  private static List<String> gpus() {
    Path folder = NVIDIA_DRIVER.resolve("gpus");
    if (!Files.isDirectory(folder)) {
      return Files.exists(NVIDIA_DEVICE) ? List.of(NVIDIA_DEVICE.toString()) : List.of();
    }
    List<String> names = new ArrayList<>();
    try (Stream<Path> cards = Files.list(folder)) {
      for (Path card : cards.sorted().toList()) {
        String model = card.getFileName().toString();
        Path information = card.resolve("information");
        if (Files.isReadable(information)) {
          for (String line : Files.readAllLines(information)) {
            if (line.startsWith("Model:")) {
              model = line.substring("Model:".length()).strip();
            }
          }
        }
        names.add(model);
      }
    } catch (IOException e) {
      names.add("unreadable: " + ExitCode.message(e));
    }
    return names;
  }

  /** Returns the backends, with the reasons of those that refuse the built-in model on the CPU. */
  private static Finding backends() {
    BackendRequest request =
        new BackendRequest(
            ModelDirectory.builtIn(), Device.CPU, DType.F32, 0, 0, AttentionPath.AUTO);
    List<String> names = new ArrayList<>();
    List<String> details = new ArrayList<>();
    for (BackendProvider provider : Backends.all()) {
      names.add(provider.name());
      details.add(
          provider.name()
              + ": "
              + provider
                  .refuses(request)
                  .map(reason -> "refuses: " + reason.getMessage())
                  .orElse("can run"));
    }
    return Finding.ok("backends", String.join(", ", names), details);
  }

  /** Writes and reads a small clip in each format: what counts is that it works. */
  private static Finding video() {
    List<String> details = new ArrayList<>();
    Path folder = null;
    try {
      folder = Files.createTempDirectory("freemask-doctor");
      byte[] grey = new byte[SIDE * SIDE * 3];
      Arrays.fill(grey, (byte) 128);
      Clip clip = new Clip(new FrameSize(SIDE, SIDE), FrameRate.of(8), List.of(grey, grey));
      for (String name : List.of("h264.mp4", "vp9.webm", "palette.gif")) {
        Path file = folder.resolve(name);
        FrameSink.write(file, clip, true);
        int frames = FrameSource.open(file).read().frameCount();
        details.add(name + ": " + frames + " of " + clip.frameCount() + " frames written and read");
      }
      return Finding.ok(
          "video", "mp4 (H.264), webm (VP9) and gif can be written and read", details);
    } catch (FreeMaskException | IOException e) {
      return Finding.of(
          "video",
          State.ERROR,
          ExitCode.message(e),
          details,
          "put ffmpeg and javacpp 1.5.14 with this platform's classifier on the class path");
    } finally {
      if (folder != null) {
        delete(folder);
      }
    }
  }

  private static void delete(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      LOGGER.log(System.Logger.Level.WARNING, "cannot delete {0}: {1}", folder, e);
    }
  }

  private static Finding model(@Nullable Path path) {
    String subject = path == null ? "built-in model" : "model";
    try {
      ModelDirectory model = path == null ? ModelDirectory.builtIn() : ModelDirectory.open(path);
      return Finding.ok(subject, model.name(), List.of("hash: " + model.hash()));
    } catch (FreeMaskException e) {
      return Finding.of(
          subject,
          State.ERROR,
          ExitCode.message(e),
          List.of(),
          path == null
              ? "build freemask again: its jar should hold a model"
              : "give the folder of a diffusers text-to-video model: unet, vae, text_encoder,"
                  + " tokenizer and scheduler");
    }
  }
}
