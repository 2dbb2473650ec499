package io.freemask.mmc;

import io.freemask.InvalidInputException;
import io.freemask.dataset.Dataset;
import io.freemask.edit.LayerGrid;
import io.freemask.internal.json.TextFile;
import io.freemask.model.AttentionLayer;
import io.freemask.model.ModelDirectory;
import io.freemask.scheduler.SchedulerConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.IntToDoubleFunction;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/**
 * How well the masks of a model's cross layers and timesteps match ground truth, measured over a
 * dataset (the codebook of FreeMask, arXiv 2409.20500): what masks are chosen by before an edit.
 *
 * <p>C(l,k) is the mean over the clips of the cost of layer l at record k; LMMC(l) its mean over
 * records, TMMC(k) its mean over layers. Lower is better. Ties go to the first layer and the
 * cleanest record.
 *
 * @param modelName the model's name
 * @param modelHash {@link ModelDirectory#hash}
 * @param scheduler the model's scheduler
 * @param timesteps the absolute timestep of each record k = 0..T-1, ascending
 * @param layers the cross layers in execution order
 * @param datasetSpec what the dataset was called
 * @param datasetHash hash of its clips
 * @param pool whether word maps were max-pooled
 * @param form of the cost
 * @param threshold the threshold of C
 * @param videos the measurements of the clips at that threshold
 * @param sweep the mean cost at all thresholds, ascending; that threshold among them
 */
public record Codebook(
    String modelName,
    String modelHash,
    SchedulerConfig scheduler,
    List<Integer> timesteps,
    List<Layer> layers,
    String datasetSpec,
    String datasetHash,
    boolean pool,
    MatchingCost form,
    double threshold,
    List<Video> videos,
    List<Sweep> sweep) {

  /** Name of the codebook in a model directory. */
  public static final String FILE = ModelDirectory.CODEBOOK;

  /** Checks that all parts fit each other, and copies the lists. */
  public Codebook {
    timesteps = List.copyOf(timesteps);
    layers = List.copyOf(layers);
    videos = List.copyOf(videos);
    sweep = List.copyOf(sweep);
    int records = timesteps.size();
    if (records == 0 || !strictlyAscending(timesteps)) {
      throw new InvalidInputException(
          "timesteps is " + timesteps + ", expected at least one, ascending");
    }
    Set<String> names = new HashSet<>();
    layers.forEach(layer -> names.add(layer.name()));
    if (layers.isEmpty() || names.size() != layers.size()) {
      throw new InvalidInputException(
          "layers has "
              + layers.size()
              + " entries and "
              + names.size()
              + " different names,"
              + " expected at least one and no name twice");
    }
    if (videos.isEmpty()) {
      throw new InvalidInputException("videos is empty, expected at least one");
    }
    int levels = (int) layers.stream().map(Layer::level).distinct().count();
    for (Video video : videos) {
      String name = "video '" + video.name() + "': ";
      require(name + "miou", video.miou(), layers.size(), records);
      require(name + "object_iou", video.objectIou(), layers.size(), records);
      require(name + "group_miou", video.groupMiou(), levels, records);
    }
    List<Double> thresholds = new ArrayList<>();
    for (Sweep entry : sweep) {
      String name = "sweep at " + entry.threshold() + ": ";
      require(name + "cost", entry.cost(), layers.size(), records);
      require(name + "group_cost", entry.groupCost(), levels, records);
      thresholds.add(entry.threshold());
    }
    if (!strictlyAscending(thresholds) || !thresholds.contains(threshold)) {
      throw new InvalidInputException(
          "sweep has the thresholds "
              + thresholds
              + ", expected ascending ones with "
              + threshold
              + " among them");
    }
  }

  private static <T extends Comparable<T>> boolean strictlyAscending(List<T> values) {
    return IntStream.range(1, values.size())
        .allMatch(i -> values.get(i - 1).compareTo(values.get(i)) < 0);
  }

  private static void require(String name, CostTable table, int rows, int columns) {
    if (table.rows() != rows || table.columns() != columns) {
      throw new InvalidInputException(
          name + " is " + table + ", expected [" + rows + "," + columns + "]");
    }
  }

  /**
   * A cross layer, by which a run finds it again.
   *
   * @param name its module path
   * @param level halvings of the latent grid
   * @param height h of its maps when it was measured
   * @param width w of its maps when it was measured
   * @param heads number of heads
   */
  public record Layer(String name, int level, int height, int width, int heads) {

    /** Describes a layer of a UNet on latents of a size. */
    public static Layer of(AttentionLayer layer, int latentHeight, int latentWidth) {
      return new Layer(
          layer.name(),
          layer.level(),
          layer.height(latentHeight),
          layer.width(latentWidth),
          layer.heads());
    }
  }

  /**
   * The measurements of a clip.
   *
   * @param name the clip's name
   * @param hash the clip's hash
   * @param miou two-class MIoU by layer and record
   * @param objectIou intersection over union of the object by layer and record
   * @param groupMiou two-class MIoU of all layers of a level together, by level and record
   */
  public record Video(
      String name, String hash, CostTable miou, CostTable objectIou, CostTable groupMiou) {

    /**
     * Returns what a measurement says at one of its thresholds.
     *
     * @param threshold place among its thresholds
     */
    public static Video of(Measurement measurement, int threshold) {
      return new Video(
          measurement.name(),
          measurement.hash(),
          measurement.miou().get(threshold),
          measurement.objectIou().get(threshold),
          measurement.groupMiou().get(threshold));
    }
  }

  /**
   * The mean costs at a threshold.
   *
   * @param threshold in [0,1]
   * @param cost by layer and record
   * @param groupCost of all layers of a level together, by level and record
   */
  public record Sweep(double threshold, CostTable cost, CostTable groupCost) {

    /** Returns the mean costs of measurements at each of their thresholds. */
    public static List<Sweep> of(
        List<Measurement> measurements, List<Double> thresholds, MatchingCost form) {
      List<Sweep> sweep = new ArrayList<>();
      for (int i = 0; i < thresholds.size(); i++) {
        int t = i;
        sweep.add(
            new Sweep(
                thresholds.get(t),
                mean(measurements.stream().map(m -> m.miou().get(t)).toList(), form),
                mean(measurements.stream().map(m -> m.groupMiou().get(t)).toList(), form)));
      }
      return sweep;
    }
  }

  /**
   * A cell of the table.
   *
   * @param layer place among the layers
   * @param record k
   */
  public record Cell(int layer, int record) {}

  /**
   * Makes a codebook from measurements.
   *
   * @param grid the model's layers on the latents of the clips
   * @param timesteps the timestep of each record
   * @param datasetSpec what the dataset is called
   * @param threshold the threshold of C, one of those that were measured
   * @param thresholds of the measurements, ascending
   */
  public static Codebook of(
      ModelDirectory model,
      LayerGrid grid,
      List<Integer> timesteps,
      String datasetSpec,
      List<Measurement> measurements,
      boolean pool,
      MatchingCost form,
      double threshold,
      List<Double> thresholds) {
    int main = thresholds.indexOf(threshold);
    return new Codebook(
        model.name(),
        model.hash(),
        model.schedulerConfig(),
        timesteps,
        grid.crossLayers().stream()
            .map(layer -> Layer.of(layer.layer(), grid.height(), grid.width()))
            .toList(),
        datasetSpec,
        Dataset.hash(measurements.stream().map(Measurement::hash).toList()),
        pool,
        form,
        threshold,
        measurements.stream().map(m -> Video.of(m, main)).toList(),
        Sweep.of(measurements, thresholds, form));
  }

  /**
   * Reads a codebook.
   *
   * @throws InvalidInputException if the file cannot be read, is no codebook, is cut off or
   *     contradicts itself
   */
  public static Codebook read(Path file) {
    try {
      return CodebookJson.parse(TextFile.read("codebook", file));
    } catch (InvalidInputException e) {
      String message = String.valueOf(e.getMessage());
      throw message.contains(file.toString())
          ? e
          : new InvalidInputException("codebook '" + file + "': " + message, e);
    }
  }

  /**
   * Reads the codebook of a model.
   *
   * @throws InvalidInputException as {@link #read(Path)} does, or if it is another model's
   */
  public static Codebook read(Path file, ModelDirectory model) {
    Codebook codebook = read(file);
    String hash = model.hash();
    if (!codebook.modelHash.equals(hash)) {
      throw new InvalidInputException(
          "codebook '"
              + file
              + "' is of the model '"
              + codebook.modelName
              + "' with the hash "
              + codebook.modelHash
              + ", expected '"
              + model.name()
              + "' with "
              + hash
              + ": the model has changed since or is another one; calibrate it, or edit without a"
              + " codebook");
    }
    return codebook;
  }

  /** Writes a codebook; a file of that name is replaced once the new one is complete. */
  public void write(Path file) {
    TextFile.write("codebook", file, toJson() + "\n");
  }

  /** Returns the JSON form, which {@code docs/codebook.schema.json} describes. */
  public String toJson() {
    return CodebookJson.write(this);
  }

  /** Returns T, the number of records. */
  public int steps() {
    return timesteps.size();
  }

  /** Returns the levels with cross layers, from the finest to the coarsest: the groups' order. */
  public List<Integer> levels() {
    return layers.stream().map(Layer::level).distinct().sorted().toList();
  }

  /** Returns the places of the layers of a level. */
  public List<Integer> layersOf(int level) {
    return IntStream.range(0, layers.size())
        .filter(l -> layers.get(l).level() == level)
        .boxed()
        .toList();
  }

  /** Returns C: the mean cost over the clips by layer and record. */
  public CostTable cost() {
    return mean(videos.stream().map(Video::miou).toList(), form);
  }

  /** Returns the standard deviation of the cost between clips by layer and record. */
  public CostTable spread() {
    return table(layers.size(), (l, k) -> deviation(videos, v -> form.of(v.miou().at(l, k))));
  }

  /** Returns the mean object IoU over the clips by layer and record. */
  public CostTable objectIou() {
    return table(
        layers.size(),
        (l, k) -> videos.stream().mapToDouble(v -> v.objectIou().at(l, k)).average().orElseThrow());
  }

  /**
   * Returns the mean cost over the clips of all layers of a level together, by level and record.
   */
  public CostTable groupCost() {
    return mean(videos.stream().map(Video::groupMiou).toList(), form);
  }

  /** Returns LMMC of each layer. */
  public List<Double> lmmc() {
    return cost().rowMeans();
  }

  /** Returns TMMC of each record. */
  public List<Double> tmmc() {
    return cost().columnMeans();
  }

  /** Returns the standard deviation of each layer's LMMC between clips. */
  public List<Double> lmmcSpread() {
    return IntStream.range(0, layers.size())
        .mapToObj(l -> deviation(videos, v -> costs(v).rowMean(l)))
        .toList();
  }

  /** Returns the standard deviation of each record's TMMC between clips. */
  public List<Double> tmmcSpread() {
    return IntStream.range(0, steps())
        .mapToObj(k -> deviation(videos, v -> costs(v).columnMean(k)))
        .toList();
  }

  /** Returns l*, the layer of the least LMMC. */
  public int bestLayer() {
    return least(places(layers.size()), l -> cost().rowMean(l));
  }

  /** Returns the layer of the greatest LMMC. */
  public int worstLayer() {
    return least(places(layers.size()), l -> -cost().rowMean(l));
  }

  /** Returns l*_r, the layer of a level of the least LMMC. */
  public int bestLayer(int level) {
    CostTable cost = cost();
    return least(layersOf(level), cost::rowMean);
  }

  /** Returns the level whose layers together have the least cost, its mean over records. */
  public int bestGroup() {
    CostTable cost = groupCost();
    return levels().get(least(places(cost.rows()), cost::rowMean));
  }

  /** Returns the record t* of the least TMMC. */
  public int bestRecord() {
    CostTable cost = cost();
    return least(places(steps()), cost::columnMean);
  }

  /** Returns the cell of the least C. */
  public Cell bestCell() {
    CostTable cost = cost();
    int best = least(places(layers.size() * steps()), i -> cost.at(i / steps(), i % steps()));
    return new Cell(best / steps(), best % steps());
  }

  private CostTable costs(Video video) {
    return table(layers.size(), (l, k) -> form.of(video.miou().at(l, k)));
  }

  private static CostTable mean(List<CostTable> miou, MatchingCost form) {
    double[][] values = new double[miou.get(0).rows()][miou.get(0).columns()];
    for (int row = 0; row < values.length; row++) {
      for (int k = 0; k < values[row].length; k++) {
        int r = row;
        int c = k;
        values[row][k] =
            miou.stream().mapToDouble(table -> form.of(table.at(r, c))).average().orElseThrow();
      }
    }
    return CostTable.of(values);
  }

  private interface CellFunction {
    double at(int row, int record);
  }

  private CostTable table(int rows, CellFunction function) {
    double[][] values = new double[rows][steps()];
    for (int row = 0; row < rows; row++) {
      for (int k = 0; k < steps(); k++) {
        values[row][k] = function.at(row, k);
      }
    }
    return CostTable.of(values);
  }

  private static List<Integer> places(int count) {
    return IntStream.range(0, count).boxed().toList();
  }

  private static int least(Collection<Integer> places, IntToDoubleFunction value) {
    return places.stream().min(Comparator.comparingDouble(value::applyAsDouble)).orElseThrow();
  }

  /** Returns the sample standard deviation, 0 for one clip. */
  private static double deviation(List<Video> videos, ToDoubleFunction<Video> value) {
    double[] values = videos.stream().mapToDouble(value).toArray();
    if (values.length == 1) {
      return 0;
    }
    double mean = Arrays.stream(values).average().orElseThrow();
    double squares = Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum();
    return Math.sqrt(squares / (values.length - 1));
  }
}
