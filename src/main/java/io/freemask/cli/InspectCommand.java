package io.freemask.cli;

import io.freemask.EditRequest;
import io.freemask.InspectRequest;
import io.freemask.InspectResult;
import io.freemask.InvalidInputException;
import io.freemask.MaskOptions;
import io.freemask.VideoEditor;
import io.freemask.WordPair;
import io.freemask.edit.Mapper;
import io.freemask.edit.Preset;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Shows what an edit's masks are chosen from. */
@Command(
    name = "inspect",
    abbreviateSynopsis = true,
    description = "Show where the model sees an object's words, and the masks chosen by it.",
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  freemask inspect --input car.mp4 --source \"a car on a road\" --words car --out car.html",
      "  freemask inspect --input bear/ --source \"a bear is walking\" --words bear --steps 10 \\",
      "      --truth bear-masks/ --model zeroscope_v2_576w --out bear.html"
    })
final class InspectCommand extends RunCommand {

  @Mixin private final ClipArguments clip = new ClipArguments();

  @Option(names = "--source", paramLabel = "TEXT", description = "Prompt that describes the clip.")
  private @Nullable String source;

  @Option(
      names = "--words",
      paramLabel = "WORD",
      arity = "1..*",
      description =
          "Words of the object in the prompt; several words of one object with +. Several objects:"
              + " several values.")
  private List<String> words = List.of();

  @Option(
      names = "--preset",
      paramLabel = "NAME",
      description = "Whose masks to show: style, attribute, shape, parity. Default: shape.")
  private Preset preset = Preset.SHAPE;

  @Option(names = "--steps", paramLabel = "T", description = "DDIM steps. Default: 50.")
  private int steps = EditRequest.DEFAULT_STEPS;

  @Option(
      names = "--truncate",
      description = "Cut off a prompt that is too long instead of refusing it.")
  private boolean truncate;

  @Option(
      names = "--truth",
      paramLabel = "PATH",
      description =
          "Ground truth of the object, white on it (a clip, image or image folder): says how well"
              + " each layer, timestep and chosen mask matches it.")
  private @Nullable Path truth;

  @Option(
      names = {"--output", "--out"},
      paramLabel = "FILE",
      description = "The page (.html).")
  private @Nullable Path output;

  @Option(names = "--overwrite", description = "Replace a page that exists.")
  private boolean overwrite;

  @Mixin private final MaskArguments masks = new MaskArguments();

  @Mixin private final ModelArguments model = new ModelArguments();

  @Override
  void run() {
    if (source == null) {
      throw new InvalidInputException("--source is missing");
    }
    if (output == null) {
      throw new InvalidInputException("--output is missing");
    }
    EditRequest.Builder edit =
        EditRequest.builder()
            .source(source)
            .target(source)
            .mapper(Mapper.NONE)
            .words(words.stream().map(WordPair::parse).toList())
            .preset(preset)
            .masks(masks.over(MaskOptions.STANDARD))
            .steps(steps)
            .truncate(truncate)
            .overwrite(overwrite);
    clip.apply(edit, false);
    InspectRequest request = new InspectRequest(edit.build(), truth, output);
    try (VideoEditor editor = model.open(Optional.empty())) {
      InspectResult result =
          showing(progress -> editor.inspect(request, progress, session().token()));
      printNotices(result.notices());
      printWritten(result.written());
      printStatistics(result.statistics());
    }
  }
}
