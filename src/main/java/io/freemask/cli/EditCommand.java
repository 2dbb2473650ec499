package io.freemask.cli;

import io.freemask.EditFigures;
import io.freemask.EditPreview;
import io.freemask.EditRequest;
import io.freemask.EditResult;
import io.freemask.InvalidInputException;
import io.freemask.MaskOptions;
import io.freemask.VideoEditor;
import io.freemask.report.RunRecord;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Edits a clip. */
@Command(
    name = "edit",
    abbreviateSynopsis = true,
    description = "Change what a clip shows by changing the prompt that describes it.",
    sortOptions = false,
    footer = {
      "",
      "Windows are fractions of the steps: 0:0.8 is the first 80 percent; off switches a kind of"
          + " attention",
      "off. What is not given comes from the preset.",
      "",
      "Examples:",
      "  freemask edit --input car.mp4 --source \"a car on a road\" --target \"a bus on a road\""
          + " \\",
      "      --words car=bus --preset shape --output bus.mp4",
      "  freemask edit --input bear.gif --source \"a bear\" --target \"a watercolour bear\" \\",
      "      --preset style --equalize watercolour=3 --output painted.webm",
      "  freemask edit --input frames/ --source \"a red ball\" --target \"a blue ball\" \\",
      "      --preset attribute --mask ball-masks/ --output out.mp4 --masks-out masks.mp4 \\",
      "      --report out.html",
      "  freemask edit --config edit.yaml --steps 20 --output quick.mp4",
      "  freemask edit --config edit.yaml --model zeroscope_v2_576w --dry-run",
      "  freemask edit --repeat bus.mp4.json --output again.mp4"
    })
final class EditCommand extends RunCommand {

  private static final String OFF = "off";

  @Mixin private final ClipArguments clip = new ClipArguments();

  @Mixin private final OutputArguments output = new OutputArguments();

  @Mixin private final EditOutputArguments furtherOutputs = new EditOutputArguments();

  @Mixin private final PlanArguments plan = new PlanArguments();

  @Mixin private final MaskArguments masks = new MaskArguments();

  @Mixin private final ModelArguments model = new ModelArguments();

  @Mixin private final SourceCacheArguments sourceCache = new SourceCacheArguments();

  @Option(
      names = "--checkpoint",
      paramLabel = "FILE",
      description =
          "Where an unfinished edit is kept: the same command goes on from there after Ctrl-C."
              + " Deleted at the end. Default: beside the output, with .checkpoint added to its"
              + " name; off for nowhere.")
  private @Nullable String checkpoint;

  @Option(
      names = "--dry-run",
      description = "Print the plan and the memory estimate; load and write nothing.")
  private boolean dryRun;

  @Override
  void run() {
    Optional<RunRecord> repeated = output.repeated();
    EditRequest request = request(repeated);
    try (VideoEditor editor = model.open(repeated.map(RunRecord::settings))) {
      repeated.ifPresent(record -> compareModels(record.settings(), editor));
      if (dryRun) {
        print(editor.plan(request));
      } else {
        // Before the run, which may take long.
        printNotices(editor.plan(request).notices());
        EditResult result = showing(progress -> editor.edit(request, progress, session().token()));
        print(result);
      }
    }
  }

  private EditRequest request(Optional<RunRecord> repeated) {
    EditRequest.Builder builder = EditRequest.builder();
    Path recordedOutput = null;
    MaskOptions recordedMasks = MaskOptions.STANDARD;
    if (repeated.isPresent()) {
      EditRequest recorded =
          repeated
              .get()
              .editRequest()
              .orElseThrow(
                  () ->
                      new InvalidInputException(
                          "the run record is of generate, expected one of edit"));
      builder = recorded.toBuilder();
      recordedOutput = recorded.output();
      recordedMasks = recorded.masks();
      if (output.isGiven()) {
        // The record's other outputs are most likely still there, next to the one that is replaced.
        builder.sideBySide(null).masksOut(null).reportOut(null);
      }
    }
    clip.apply(builder, repeated.isPresent());
    furtherOutputs.apply(builder);
    plan.apply(builder);
    sourceCache.apply(builder);
    builder.masks(masks.over(recordedMasks));
    builder.overwrite(output.overwrite());
    if (!dryRun || output.isGiven()) {
      Path target = output.output(recordedOutput);
      builder.output(target).recordOut(output.record(target)).checkpoint(checkpoint(target));
    }
    return builder.build();
  }

  private @Nullable Path checkpoint(Path target) {
    if (checkpoint == null) {
      return target.resolveSibling(target.getFileName() + ".checkpoint");
    }
    return checkpoint.equals(OFF) ? null : Path.of(checkpoint);
  }

  private void print(EditPreview preview) {
    printNotices(preview.notices());
    Map<String, Object> lines = new LinkedHashMap<>();
    lines.put("frames", preview.frames());
    lines.put("input size", preview.inputSize());
    lines.put("working size", preview.workingSize());
    lines.put("latent size", preview.latentSize());
    lines.put("attention levels", preview.levels().values());
    lines.put("source cache", preview.sourceCache());
    lines.put("memory estimate", preview.memory());
    lines.forEach((name, value) -> session().out().println(name + ": " + value));
    preview.refusal().ifPresent(reason -> session().out().println("would be refused: " + reason));
    session().out().println("plan: " + preview.plan().toJson());
  }

  private void print(EditResult result) {
    printWritten(result.written());
    EditFigures figures = result.figures();
    session().out().println(describe(figures));
    printStatistics(result.statistics());
  }

  /** Returns a line that says by how much the object and the background changed. */
  static String describe(EditFigures figures) {
    OptionalDouble inside = figures.inside();
    OptionalDouble outside = figures.outside();
    String text =
        "PSNR against the reconstruction of the source: "
            + decibel(figures.whole())
            + " on the whole";
    if (inside.isPresent() && outside.isPresent()) {
      text +=
          ", "
              + decibel(inside.getAsDouble())
              + " inside the mask (the object), "
              + decibel(outside.getAsDouble())
              + " outside (the background)";
    }
    return text + "; lower is more change";
  }

  private static String decibel(double value) {
    return Double.isInfinite(value) ? "equal" : String.format(Locale.ROOT, "%.1f dB", value);
  }
}
