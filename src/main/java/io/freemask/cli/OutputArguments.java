package io.freemask.cli;

import io.freemask.InvalidInputException;
import io.freemask.report.RunRecord;
import io.freemask.video.VideoFormat;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where the result and its record go, and where options may come from besides. */
@OptionSection("Output")
final class OutputArguments {

  @Option(
      names = "--output",
      paramLabel = "FILE",
      description = "The result: .mp4, .webm, .gif, or a folder name for PNG images.")
  private @Nullable Path output;

  @Option(
      names = "--record",
      paramLabel = "FILE",
      description =
          "The run record (JSON): all options, versions, timings, memory. Default: beside the"
              + " output, with .json added to its name.")
  private @Nullable Path record;

  @Option(names = "--overwrite", description = "Replace outputs that exist.")
  private boolean overwrite;

  @Option(
      names = {"--config", "--repeat"},
      paramLabel = "FILE",
      description =
          "Options from a YAML or JSON file, or a run record to repeat that run. The command line"
              + " wins.")
  private @Nullable Path config;

  boolean isGiven() {
    return output != null;
  }

  boolean overwrite() {
    return overwrite;
  }

  /** Returns the record that is to be repeated, if the file is one. */
  Optional<RunRecord> repeated() {
    return config != null && ConfigFile.read(config).isRunRecord()
        ? Optional.of(RunRecord.read(config))
        : Optional.empty();
  }

  /**
   * Returns where the result goes.
   *
   * @param recorded where it went in the run that is repeated
   * @throws InvalidInputException if neither is given, or its extension is unknown
   */
  Path output(@Nullable Path recorded) {
    Path path = output != null ? output : recorded;
    if (path == null) {
      throw new InvalidInputException("--output is missing");
    }
    // Asked for now: writing comes after a long run.
    VideoFormat.of(path);
    return path;
  }

  /** Returns where the record goes. */
  Path record(Path output) {
    return record != null ? record : output.resolveSibling(output.getFileName() + ".json");
  }
}
