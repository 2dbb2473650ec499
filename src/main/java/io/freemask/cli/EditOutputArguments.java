package io.freemask.cli;

import io.freemask.EditRequest;
import io.freemask.video.VideoFormat;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What else than the result comes out of an edit. */
@OptionSection("Output")
final class EditOutputArguments {

  @Option(
      names = "--side-by-side",
      paramLabel = "FILE",
      description = "Write source and result beside each other.")
  private @Nullable Path sideBySide;

  @Option(
      names = "--masks-out",
      paramLabel = "FILE",
      description = "Write the masks as a clip, white on the object.")
  private @Nullable Path masksOut;

  @Option(
      names = "--report",
      paramLabel = "FILE",
      description =
          "Write a page (.html) about the edit: source, result, difference, masks, plan, timings.")
  private @Nullable Path report;

  /**
   * Puts what is given into a request.
   *
   * @throws io.freemask.InvalidInputException if an output's extension is unknown
   */
  void apply(EditRequest.Builder builder) {
    if (sideBySide != null) {
      VideoFormat.of(sideBySide);
      builder.sideBySide(sideBySide);
    }
    if (masksOut != null) {
      VideoFormat.of(masksOut);
      builder.masksOut(masksOut);
    }
    if (report != null) {
      builder.reportOut(report);
    }
  }
}
