package io.freemask.cli;

import io.freemask.GenerateRequest;
import io.freemask.GenerateResult;
import io.freemask.InvalidInputException;
import io.freemask.VideoEditor;
import io.freemask.report.RunRecord;
import io.freemask.video.FrameRate;
import io.freemask.video.FrameSize;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Makes a clip from a prompt. */
@Command(
    name = "generate",
    abbreviateSynopsis = true,
    description = "Make a clip from a prompt alone.",
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  freemask generate \"a red ball moving right\" --output ball.mp4",
      "  freemask generate \"a boat\" --frames 16 --size 256x256 --seed 7 --output boat.gif",
      "  freemask generate --repeat ball.mp4.json --output again.mp4"
    })
final class GenerateCommand extends RunCommand {

  @Parameters(paramLabel = "PROMPT", arity = "0..1", description = "What the clip shows.")
  private @Nullable String prompt;

  @Option(names = "--steps", paramLabel = "T", description = "DDIM steps. Default: 50.")
  private @Nullable Integer steps;

  @Option(
      names = "--guidance",
      paramLabel = "G",
      description = "Classifier-free guidance. Default: 7.5.")
  private @Nullable Double guidance;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Seed of the noise; the same seed gives the same noise everywhere. Default: 0.")
  private @Nullable Long seed;

  @Option(names = "--frames", paramLabel = "N", description = "Number of frames. Default: 8.")
  private @Nullable Integer frames;

  @Option(
      names = "--size",
      paramLabel = "WxH",
      description = "Size in pixels. Default: the model's own.")
  private @Nullable FrameSize size;

  @Option(names = "--fps", paramLabel = "R", description = "Frames a second. Default: 8.")
  private @Nullable Double framesPerSecond;

  @Option(
      names = "--strict-size",
      description = "A size that does not fit the model (8 pixels) is an error, not rounded.")
  private boolean strictSize;

  @Option(
      names = "--truncate",
      description = "Cut off a prompt that is too long instead of refusing it.")
  private boolean truncate;

  @Mixin private final OutputArguments output = new OutputArguments();

  @Mixin private final ModelArguments model = new ModelArguments();

  @Override
  void run() {
    Optional<RunRecord> repeated = output.repeated();
    GenerateRequest request = request(repeated);
    try (VideoEditor editor = model.open(repeated.map(RunRecord::settings))) {
      repeated.ifPresent(record -> compareModels(record.settings(), editor));
      GenerateResult result =
          showing(progress -> editor.generate(request, progress, session().token()));
      printNotices(result.notices());
      printWritten(result.written());
      printStatistics(result.statistics());
    }
  }

  private GenerateRequest request(Optional<RunRecord> repeated) {
    GenerateRequest.Builder builder;
    Path recordedOutput = null;
    if (repeated.isPresent()) {
      GenerateRequest recorded =
          repeated
              .get()
              .generateRequest()
              .orElseThrow(
                  () ->
                      new InvalidInputException(
                          "the run record is of edit, expected one of generate"));
      builder = recorded.toBuilder();
      recordedOutput = recorded.output();
      if (prompt != null) {
        builder.prompt(prompt);
      }
    } else if (prompt != null) {
      builder = GenerateRequest.builder(prompt);
    } else {
      throw new InvalidInputException("the prompt is missing");
    }
    if (steps != null) {
      builder.steps(steps);
    }
    if (guidance != null) {
      builder.guidance(guidance);
    }
    if (seed != null) {
      builder.seed(seed);
    }
    if (frames != null) {
      builder.frames(frames);
    }
    if (size != null) {
      builder.size(size);
    }
    if (framesPerSecond != null) {
      builder.frameRate(FrameRate.of(framesPerSecond));
    }
    if (strictSize) {
      builder.strictSize(true);
    }
    if (truncate) {
      builder.truncate(true);
    }
    Path target = output.output(recordedOutput);
    return builder
        .output(target)
        .recordOut(output.record(target))
        .overwrite(output.overwrite())
        .build();
  }
}
