package io.freemask.cli;

import io.freemask.CalibrationRequest;
import io.freemask.CalibrationResult;
import io.freemask.VideoEditor;
import io.freemask.dataset.Dataset;
import io.freemask.mmc.Codebook;
import io.freemask.mmc.CostTable;
import io.freemask.mmc.MatchingCost;
import io.freemask.video.FrameSize;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Measures which masks of a model match best. */
@Command(
    name = "calibrate",
    abbreviateSynopsis = true,
    description = "Measure which cross layers and timesteps of a model give the best masks.",
    sortOptions = false,
    footer = {
      "",
      "Datasets: shapeworld[:count[:seed]], rendered clips with exact masks; a DAVIS-2016 folder;"
          + " any folder",
      "with a manifest.json (docs/calibration.md). Clips that are measured are kept in"
          + " CODEBOOK.work until all",
      "are: the same command goes on from there.",
      "",
      "Examples:",
      "  freemask calibrate --dataset shapeworld:32 --out codebook.json",
      "  freemask calibrate --model zeroscope_v2_576w --dataset DAVIS --size 576x320 --device cuda"
          + " \\",
      "      --dtype fp16 --out zeroscope_v2_576w/codebook.json"
    })
final class CalibrateCommand extends RunCommand {

  @Option(
      names = "--dataset",
      required = true,
      paramLabel = "NAME|DIR",
      description = "Clips with masks: shapeworld[:count[:seed]] or a folder.")
  private String dataset = "";

  @Option(
      names = "--out",
      required = true,
      paramLabel = "FILE",
      description = "Where the codebook goes; codebook.json in a model's folder is used by itself.")
  private @Nullable Path out;

  @Option(names = "--overwrite", description = "Replace an existing codebook.")
  private boolean overwrite;

  @Option(
      names = "--steps",
      paramLabel = "T",
      description = "DDIM steps of the inversions. Default: 10.")
  private int steps = CalibrationRequest.DEFAULT_STEPS;

  @Option(
      names = "--threshold",
      paramLabel = "X",
      description =
          "Threshold of the cost table, 0 to 1; 0.2 to 0.6 are always measured too. Default: 0.3.")
  private double threshold = 0.3;

  @Option(
      names = "--cost",
      paramLabel = "FORM",
      description = "1-miou (default), 10(1-miou) or 1/miou, of the two-class mean IoU.")
  private MatchingCost cost = MatchingCost.ONE_MINUS_MIOU;

  @Option(names = "--pool", description = "Max-pool word maps (3x3) first. Default: no.")
  private boolean pool;

  @Option(
      names = "--frames",
      paramLabel = "N",
      description = "The first frames of each clip, at most. Default: 8.")
  private int frames = Dataset.DEFAULT_FRAMES;

  @Option(
      names = "--size",
      paramLabel = "WxH",
      description = "Working size in pixels. Default: the clips' own; shapeworld is 128x128.")
  private @Nullable FrameSize size;

  @Mixin private final ModelArguments model = new ModelArguments();

  @Override
  void run() {
    CalibrationRequest request =
        CalibrationRequest.builder(Dataset.parse(dataset, frames, size))
            .output(out)
            .overwrite(overwrite)
            .steps(steps)
            .threshold(threshold)
            .form(cost)
            .pool(pool)
            .size(size)
            .build();
    try (VideoEditor editor = model.open(Optional.empty())) {
      CalibrationResult result =
          showing(progress -> editor.calibrate(request, progress, session().token()));
      if (result.resumed() > 0) {
        note("note: went on after " + result.resumed() + " clips of an earlier run");
      }
      printNotices(result.notices());
      print(result.codebook());
      printWritten(result.written());
      printStatistics(result.statistics());
    }
  }

  private void print(Codebook codebook) {
    int record = codebook.bestRecord();
    Codebook.Cell cell = codebook.bestCell();
    CostTable cost = codebook.cost();
    session().out().println("clips: " + codebook.videos().size());
    printLayer("best layer", codebook, codebook.bestLayer());
    for (int level : codebook.levels()) {
      printLayer("best layer of level " + level, codebook, codebook.bestLayer(level));
    }
    session()
        .out()
        .println(
            "best timestep: "
                + codebook.timesteps().get(record)
                + decimals(", mean cost ", cost.columnMean(record)));
    session()
        .out()
        .println(
            "best mask: "
                + codebook.layers().get(cell.layer()).name()
                + " at timestep "
                + codebook.timesteps().get(cell.record())
                + decimals(", cost ", cost.at(cell.layer(), cell.record()))
                + decimals(", object IoU ", codebook.objectIou().at(cell.layer(), cell.record())));
  }

  private void printLayer(String what, Codebook codebook, int place) {
    Codebook.Layer layer = codebook.layers().get(place);
    session()
        .out()
        .println(
            what
                + ": "
                + layer.name()
                + " ["
                + layer.height()
                + ", "
                + layer.width()
                + "]"
                + decimals(", mean cost ", codebook.cost().rowMean(place)));
  }

  private static String decimals(String before, double value) {
    return before + String.format(Locale.ROOT, "%.4f", value);
  }
}
