package io.freemask.cli;

import io.freemask.internal.ffi.BuildInfo;
import io.freemask.internal.ffi.LoadReport;
import io.freemask.internal.ffi.NativeRuntime;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** What {@code --version} prints. */
final class VersionLines implements IVersionProvider {

  private static final String MAVEN_PROPERTIES =
      "/META-INF/maven/io.freemask/freemask/pom.properties";

  @Override
  public String[] getVersion() {
    List<String> lines = new ArrayList<>();
    lines.add("freemask " + ownVersion().orElse("(not run from its jar)"));
    LoadReport report = NativeRuntime.report();
    Optional<BuildInfo> build = report.build();
    if (build.isPresent()) {
      BuildInfo b = build.get();
      lines.add("native library: C interface " + b.abiMajor() + "." + b.abiMinor() + revision(b));
      lines.add(
          "libtorch "
              + b.libtorchLoaded()
              + (b.cudaCompiled() ? ", CUDA " + b.cudaVersion() : ", CPU"));
    } else {
      lines.add("native library: not usable; freemask doctor says why");
    }
    lines.add("Java " + Runtime.version() + ", " + System.getProperty("java.vendor"));
    return lines.toArray(String[]::new);
  }

  private static String revision(BuildInfo build) {
    return build.gitRevision().isEmpty() ? "" : ", revision " + build.gitRevision();
  }

  /** Returns the version that the jar was built as; empty when classes run from a folder. */
  static Optional<String> ownVersion() {
    Properties properties = new Properties();
    try (InputStream in = VersionLines.class.getResourceAsStream(MAVEN_PROPERTIES)) {
      if (in != null) {
        properties.load(in);
      }
    } catch (IOException e) {
      return Optional.empty();
    }
    return Optional.ofNullable(properties.getProperty("version"));
  }
}
