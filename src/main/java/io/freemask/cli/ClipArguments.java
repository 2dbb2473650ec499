package io.freemask.cli;

import io.freemask.EditRequest;
import io.freemask.InvalidInputException;
import io.freemask.video.FrameRange;
import io.freemask.video.FrameSize;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The clip to work on. */
@OptionSection("The clip")
final class ClipArguments {

  @Option(
      names = "--input",
      paramLabel = "CLIP",
      description = "mp4, webm, mov, gif, or a folder of images.")
  private @Nullable Path input;

  @Option(
      names = "--frames",
      paramLabel = "START:END[:STRIDE]",
      description = "Frames to take, counted from 0, END left out; every STRIDE-th. Default: all.")
  private @Nullable FrameRange frames;

  @Option(
      names = "--size",
      paramLabel = "WxH",
      description =
          "Size to work at, in pixels; the aspect is kept, what sticks out is cut off. Default: the"
              + " clip's own.")
  private @Nullable FrameSize size;

  @Option(
      names = "--strict-size",
      description = "A size that does not fit the model (8 pixels) is an error, not rounded.")
  private boolean strictSize;

  /**
   * Puts what is given into a request, which has a clip already where a run is repeated.
   *
   * @throws InvalidInputException if the clip is missing
   */
  void apply(EditRequest.Builder builder, boolean repeats) {
    if (input != null) {
      builder.input(input);
    } else if (!repeats) {
      throw new InvalidInputException("--input is missing");
    }
    if (frames != null) {
      builder.frames(frames);
    }
    if (size != null) {
      builder.size(size);
    }
    if (strictSize) {
      builder.strictSize(true);
    }
  }
}
