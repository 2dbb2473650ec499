package io.freemask.cli;

import io.freemask.AblationRequest;
import io.freemask.AblationResult;
import io.freemask.InvalidInputException;
import io.freemask.VideoEditor;
import io.freemask.eval.AblationText;
import io.freemask.eval.EditCase;
import io.freemask.eval.ShapeWorldEdit;
import io.freemask.eval.Shard;
import io.freemask.internal.json.TextFile;
import io.freemask.mmc.Codebook;
import io.freemask.model.ModelDirectory;
import io.freemask.report.html.AblationReport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Shows which masks and which fusion matter. */
@Command(
    name = "ablate",
    abbreviateSynopsis = true,
    description = "Edit the ShapeWorld-Edit benchmark by every variant of the method and compare.",
    sortOptions = false,
    footer = {
      "",
      "The folder gets ablation.json (all measures), ablation.md (tables), report.html and a page of"
          + " each edit:",
      "source, ideal edit, then the variants. The same command goes on from ablation.json, and takes"
          + " what",
      "shards measured into the same folder.",
      "",
      "Examples:",
      "  freemask ablate --quick --out quick",
      "  freemask ablate --out ablation --steps 20",
      "  freemask ablate --out ablation --shard 1/2 & freemask ablate --out ablation --shard 2/2; wait",
      "  freemask ablate --out ablation"
    })
final class AblateCommand extends RunCommand {

  private static final Pattern PART = Pattern.compile("ablation\\.\\d+-of-\\d+\\.json");

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "The folder for the results.")
  private Path out = Path.of("");

  @Option(
      names = "--of-each",
      paramLabel = "N",
      description = "How many edits of each kind: 1 to 24. Default: 24, the whole benchmark.")
  private int ofEach = ShapeWorldEdit.OF_EACH_KIND;

  @Option(names = "--quick", description = "Two edits of each kind.")
  private boolean quick;

  @Option(
      names = "--seed",
      paramLabel = "SEED",
      description =
          "The stream of scenes; take another one to try things out. Default: 72, the benchmark.")
  private long seed = ShapeWorldEdit.SEED;

  @Option(
      names = "--shard",
      paramLabel = "I/N",
      description =
          "Measure the Ith of N parts of the edits alone, into ablation.I-of-N.json, for processes"
              + " beside each other.")
  private @Nullable Shard shard;

  @Option(names = "--steps", paramLabel = "T", description = "DDIM steps. Default: 20.")
  private int steps = 20;

  @Option(
      names = "--guidance",
      paramLabel = "G",
      description = "Classifier-free guidance. Default: 3.")
  private double guidance = 3;

  @Option(
      names = "--codebook",
      paramLabel = "FILE",
      description = "Default: codebook.json in the model's folder.")
  private @Nullable Path codebook;

  @Mixin private final ModelArguments model = new ModelArguments();

  @Override
  void run() {
    try (VideoEditor editor = model.open(Optional.empty())) {
      Path pictures = out.resolve("pictures");
      try {
        Files.createDirectories(pictures);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      Path output = out.resolve("ablation.json");
      List<EditCase> edits =
          ShapeWorldEdit.firstOfEach(quick ? ShapeWorldEdit.QUICK_OF_EACH_KIND : ofEach, seed);
      AblationRequest request =
          new AblationRequest(
              shard == null ? edits : shard.of(edits),
              codebook(editor.model()),
              shard == null ? output : shard.file(output),
              parts(),
              pictures,
              steps,
              guidance);
      AblationResult result =
          showing(progress -> editor.ablate(request, progress, session().token()));
      if (shard == null) {
        writeTables(result, facts(editor, request));
      }
      printWritten(result.written());
      printStatistics(result.statistics());
    }
  }

  private List<Path> parts() {
    try (Stream<Path> files = Files.list(out)) {
      return files
          .filter(file -> PART.matcher(String.valueOf(file.getFileName())).matches())
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void writeTables(AblationResult result, Map<String, String> facts) {
    String markdown =
        AblationText.tables(result.table()).stream()
            .map(AblationText.Table::toMarkdown)
            .collect(Collectors.joining());
    Path tables = out.resolve("ablation.md");
    Path report = out.resolve("report.html");
    TextFile.write("tables", tables, markdown);
    AblationReport.of(result.table(), facts).write(report);
    session().out().print(markdown);
    printWritten(List.of(tables, report));
  }

  private Codebook codebook(ModelDirectory directory) {
    if (codebook != null) {
      return Codebook.read(codebook, directory);
    }
    return Codebook.read(
        directory
            .codebook()
            .orElseThrow(
                () ->
                    new InvalidInputException(
                        "the model "
                            + directory.name()
                            + " has no codebook; make one with freemask calibrate, or name one with"
                            + " --codebook")),
        directory);
  }

  private Map<String, String> facts(VideoEditor editor, AblationRequest request) {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("Model", editor.model().name());
    facts.put("Edits", Integer.toString(request.edits().size()));
    facts.put("Seed", Long.toString(seed));
    facts.put("Steps", Integer.toString(request.steps()));
    facts.put("Guidance", Double.toString(request.guidance()));
    facts.put("Codebook", request.codebook().datasetSpec());
    return facts;
  }
}
