package io.freemask.cli;

import io.freemask.InvalidInputException;
import io.freemask.eval.clip.ClipMetrics;
import io.freemask.model.Callbacks;
import io.freemask.model.ClipModel;
import io.freemask.tensor.Context;
import io.freemask.video.Clip;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What the figures that a CLIP model computes need. */
@OptionSection("Figures by CLIP")
final class ClipMetricArguments {

  private static final String NO_DIRECTORY = "no CLIP directory (--clip)";

  @Option(
      names = "--clip",
      paramLabel = "DIR",
      description = "Folder of a CLIP model, such as a downloaded clip-vit-base-patch32.")
  private @Nullable Path directory;

  @Option(
      names = "--source-prompt",
      paramLabel = "TEXT",
      description = "Prompt that describes the source.")
  private @Nullable String sourcePrompt;

  @Option(
      names = "--target-prompt",
      paramLabel = "TEXT",
      description = "Prompt that describes the edit.")
  private @Nullable String targetPrompt;

  /**
   * Finds out before the work what it would fail at.
   *
   * @throws InvalidInputException if there is a directory without both prompts
   */
  void check() {
    if (directory != null && (sourcePrompt == null || targetPrompt == null)) {
      throw new InvalidInputException("--clip needs --source-prompt and --target-prompt");
    }
  }

  /** Measures the edited clip, or says what that needs. */
  List<Figure> measure(Clip edited, DeviceOptions device, BooleanSupplier cancelled) {
    if (directory == null || sourcePrompt == null || targetPrompt == null) {
      return figures(
          OptionalDouble.empty(), OptionalDouble.empty(), OptionalDouble.empty(), NO_DIRECTORY);
    }
    try (Context context = device.open();
        ClipModel model = ClipModel.load(directory, context, device.dtype)) {
      ClipMetrics metrics =
          ClipMetrics.of(model, edited, sourcePrompt, targetPrompt, Callbacks.tick(cancelled));
      return figures(
          metrics.temporalConsistency(),
          OptionalDouble.of(metrics.frameAccuracy()),
          OptionalDouble.of(metrics.textAlignment()),
          "needs at least 2 frames");
    }
  }

  private static List<Figure> figures(
      OptionalDouble consistency,
      OptionalDouble accuracy,
      OptionalDouble alignment,
      String missing) {
    return List.of(
        figure("tem_con", "Tem-Con, by CLIP", consistency, missing),
        figure("fram_acc", "Fram-Acc, by CLIP", accuracy, missing),
        figure("clip_t", "CLIP-T, target prompt", alignment, missing));
  }

  private static Figure figure(String key, String title, OptionalDouble value, String missing) {
    return new Figure(key, title, "", value, value.isPresent() ? "" : missing);
  }
}
