package io.freemask.cli;

import io.freemask.EditRequest;
import io.freemask.InvalidInputException;
import io.freemask.edit.SourceCacheLimit;
import io.freemask.model.SourceCache;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How much of the source an edit keeps from its inversion. */
@OptionSection("Model and machine")
final class SourceCacheArguments {

  @Option(
      names = "--source-cache",
      paramLabel = "BYTES",
      description =
          "Keep up to this much of the clip's attention from the inversion, such as 8G, instead of"
              + " computing it again in the editing steps: the same but for roundings, and faster on a"
              + " CPU, or on a GPU with --source-cache-on-device. --dry-run says for how many steps it"
              + " is enough. Default: none.")
  private @Nullable ByteCount bytes;

  @Option(
      names = "--source-cache-on-device",
      description = "Keep it in the GPU's memory instead of the machine's.")
  private boolean onDevice;

  @Option(
      names = "--source-cache-dir",
      paramLabel = "DIR",
      description = "Keep it in a file in this folder, which is gone afterwards, not in memory.")
  private @Nullable Path directory;

  /**
   * Puts what is given into a request.
   *
   * @throws InvalidInputException if there is a place and no size, or two places
   */
  void apply(EditRequest.Builder builder) {
    if (directory != null && onDevice) {
      throw new InvalidInputException(
          "--source-cache-on-device and --source-cache-dir are both given, expected one place");
    }
    if (bytes != null) {
      builder.sourceCache(new SourceCacheLimit(bytes.bytes(), place()));
    } else if (directory != null || onDevice) {
      throw new InvalidInputException(
          (onDevice ? "--source-cache-on-device" : "--source-cache-dir")
              + " is given without --source-cache, expected its size too");
    }
  }

  private SourceCache.Place place() {
    if (directory != null) {
      return new SourceCache.ScratchFile(directory);
    }
    return onDevice ? new SourceCache.DeviceMemory() : new SourceCache.HostMemory();
  }
}
