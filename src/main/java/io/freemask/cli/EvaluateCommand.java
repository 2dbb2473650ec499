package io.freemask.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.freemask.InvalidInputException;
import io.freemask.internal.json.TextFile;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Measures an edited clip against its source and, if there is one, the ideal edit. */
@Command(
    name = "evaluate",
    abbreviateSynopsis = true,
    description = "Measure an edited clip: what was kept, what changed, and how steady it is.",
    sortOptions = false,
    footer = {
      "",
      "All clips and masks have one size and number of frames. A figure whose input is not given is",
      "listed as not measured, with what it needs. What the figures mean: docs/evaluation.md.",
      "",
      "Examples:",
      "  freemask evaluate --source car.mp4 --edited bus.mp4",
      "  freemask evaluate --source car.mp4 --edited bus.mp4 --mask car-masks/ \\",
      "      --mask-used bus-masks.mp4 --json bus-figures.json",
      "  freemask evaluate --source car.mp4 --edited bus.mp4 --clip clip-vit-base-patch32 \\",
      "      --source-prompt \"a car on a road\" --target-prompt \"a bus on a road\""
    })
final class EvaluateCommand extends RunCommand {

  private static final ObjectMapper MAPPER = JsonMapper.builder().build();
  private static final String JSON_FILE = "evaluation";

  @Option(
      names = "--source",
      required = true,
      paramLabel = "CLIP",
      description = "The clip before the edit: mp4, webm, mov, gif, or a folder of images.")
  private Path source = Path.of("");

  @Option(
      names = "--edited",
      required = true,
      paramLabel = "CLIP",
      description = "The clip after the edit.")
  private Path edited = Path.of("");

  @Option(names = "--ideal", paramLabel = "CLIP", description = "What the edit should have become.")
  private @Nullable Path ideal;

  @Option(
      names = "--mask",
      paramLabel = "CLIP",
      description = "White where the object is in the source: inside.")
  private @Nullable Path mask;

  @Option(
      names = "--ideal-mask",
      paramLabel = "CLIP",
      description = "White where the object is in the ideal edit: not outside either.")
  private @Nullable Path idealMask;

  @Option(
      names = "--margin",
      paramLabel = "PIXELS",
      description = "How far around the objects the outside begins, in each direction. Default: 8.")
  private int margin = 8;

  @Option(
      names = "--mask-used",
      paramLabel = "CLIP",
      description = "The mask that the edit used (edit --masks-out); compared with --mask.")
  private @Nullable Path maskUsed;

  @Option(names = "--json", paramLabel = "FILE", description = "Write the figures (.json) too.")
  private @Nullable Path json;

  @Option(names = "--overwrite", description = "Replace a file of figures that exists.")
  private boolean overwrite;

  @Mixin private final ClipMetricArguments clip = new ClipMetricArguments();

  @Mixin private final DeviceOptions device = new DeviceOptions();

  @Override
  void run() {
    check();
    clip.check();
    EvaluationClips clips = EvaluationClips.open(source, session().token()::isCancelled);
    ClipEvaluation evaluation =
        new ClipEvaluation(
            clips.source(),
            clips.clip("--edited", edited),
            clips.clipIfGiven("--ideal", ideal),
            clips.objectIfGiven("--mask", mask),
            clips.objectIfGiven("--ideal-mask", idealMask),
            clips.maskIfGiven("--mask-used", maskUsed),
            margin);
    List<Figure> figures = evaluation.measure(session().token()::throwIfCancelled);
    figures.addAll(clip.measure(evaluation.edited(), device, session().token()::isCancelled));
    print(figures);
    if (json != null) {
      TextFile.write(JSON_FILE, json, toJson(clips, figures));
      printWritten(List.of(json));
    }
  }

  /** Finds out before the work what it would fail at. */
  private void check() {
    if (margin < 0) {
      throw new InvalidInputException("--margin is " + margin + ", expected at least 0");
    }
    if (idealMask != null && mask == null) {
      throw new InvalidInputException("--ideal-mask needs --mask");
    }
    if (json == null) {
      return;
    }
    Path folder = json.toAbsolutePath().normalize().getParent();
    if (!json.toString().endsWith(".json")) {
      throw new InvalidInputException(
          "--json '" + json + "': expected a name that ends with .json");
    }
    if (folder == null || !Files.isDirectory(folder)) {
      throw new InvalidInputException(
          "--json '" + json + "': the folder '" + folder + "' does not exist");
    }
    if (!overwrite && Files.exists(json, LinkOption.NOFOLLOW_LINKS)) {
      throw new InvalidInputException(
          "--json '" + json + "' exists and is not to be overwritten (--overwrite)");
    }
  }

  private void print(List<Figure> figures) {
    int width = figures.stream().mapToInt(figure -> figure.title().length()).max().orElse(0);
    for (Figure figure : figures) {
      session()
          .out()
          .println(
              figure.title() + " ".repeat(width + 2 - figure.title().length()) + figure.text());
    }
  }

  private String toJson(EvaluationClips clips, List<Figure> figures) {
    ObjectNode root = MAPPER.createObjectNode();
    ObjectNode inputs = root.putObject("inputs");
    put(inputs, "source", source);
    put(inputs, "edited", edited);
    put(inputs, "ideal", ideal);
    put(inputs, "mask", mask);
    put(inputs, "ideal_mask", idealMask);
    put(inputs, "mask_used", maskUsed);
    root.put("frames", clips.source().frameCount());
    root.put("size", clips.source().size().toString());
    root.put("margin", margin);
    ObjectNode values = root.putObject("figures");
    figures.forEach(figure -> figure.addTo(values));
    try {
      return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(root) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void put(ObjectNode inputs, String name, @Nullable Path path) {
    if (path != null) {
      inputs.put(name, path.toString());
    }
  }
}
