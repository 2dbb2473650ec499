package io.freemask.mmc;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.freemask.InvalidInputException;
import io.freemask.internal.json.JsonSection;
import io.freemask.scheduler.BetaSchedule;
import io.freemask.scheduler.SchedulerConfig;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/**
 * The JSON form of a {@link Codebook}, read strictly. What follows from the clips' values (cost,
 * spread, LMMC, TMMC and the selection) is written for whoever reads the file, and compared when it
 * is read: a file that contradicts itself is damaged.
 */
final class CodebookJson {

  static final String FORMAT = "freemask-codebook";
  static final int VERSION = 1;

  /** Written values have six decimals. */
  private static final double TOLERANCE = 2e-6;

  private CodebookJson() {}

  static Codebook parse(String json) {
    JsonSection root = JsonSection.document("content", json);
    if (!root.isText("format") || !root.text("format").equals(FORMAT)) {
      throw root.wrong("format", "\"" + FORMAT + "\"");
    }
    if (root.integer("version") != VERSION) {
      throw root.wrong("version", VERSION + ", the version that this freemask reads");
    }
    try {
      Codebook codebook = codebook(root);
      compare(root, codebook);
      root.end();
      return codebook;
    } catch (IllegalArgumentException e) {
      throw new InvalidInputException(String.valueOf(e.getMessage()), e);
    }
  }

  private static Codebook codebook(JsonSection root) {
    JsonSection model = section(root, "model");
    JsonSection dataset = section(root, "dataset");
    Codebook codebook =
        new Codebook(
            model.text("name"),
            model.text("hash"),
            section(root, "scheduler").read(CodebookJson::scheduler),
            Arrays.stream(root.numbers("timesteps")).mapToObj(t -> (int) t).toList(),
            list(root, "layers", CodebookJson::layer),
            dataset.text("spec"),
            dataset.text("hash"),
            root.flag("pool", false),
            root.choice("cost_form", forms(), null),
            root.number("threshold"),
            list(root, "videos", CodebookJson::video),
            list(root, "sweep", CodebookJson::sweep));
    model.end();
    dataset.end();
    return codebook;
  }

  private static JsonSection section(JsonSection root, String name) {
    JsonSection section = root.section(name);
    if (section == null) {
      throw root.wrong(name, "an object");
    }
    return section;
  }

  private static <T> List<T> list(JsonSection root, String name, Function<JsonSection, T> reader) {
    List<T> list = new ArrayList<>();
    root.sections(name).forEach(section -> list.add(section.read(reader)));
    return list;
  }

  private static Codebook.Layer layer(JsonSection s) {
    return new Codebook.Layer(
        s.text("name"),
        s.integer("level"),
        s.integer("height"),
        s.integer("width"),
        s.integer("heads"));
  }

  private static Codebook.Video video(JsonSection s) {
    return new Codebook.Video(
        s.text("name"),
        s.text("hash"),
        shares(s, "miou"),
        shares(s, "object_iou"),
        shares(s, "group_miou"));
  }

  private static Codebook.Sweep sweep(JsonSection s) {
    return new Codebook.Sweep(s.number("threshold"), table(s, "cost"), table(s, "group_cost"));
  }

  private static CostTable table(JsonSection s, String name) {
    try {
      return CostTable.of(s.numberLists(name));
    } catch (IllegalArgumentException e) {
      throw new InvalidInputException(name + ": " + e.getMessage(), e);
    }
  }

  private static CostTable shares(JsonSection s, String name) {
    CostTable table = table(s, name);
    for (double[] row : table.values()) {
      for (double value : row) {
        if (!(value >= 0 && value <= 1)) {
          throw new InvalidInputException(name + " has the value " + value + ", expected 0 to 1");
        }
      }
    }
    return table;
  }

  private static SchedulerConfig scheduler(JsonSection s) {
    return new SchedulerConfig(
        s.integer("num_train_timesteps"),
        s.number("beta_start"),
        s.number("beta_end"),
        s.choice("beta_schedule", betaSchedules(), null),
        Arrays.stream(s.numbers("trained_betas")).boxed().toList(),
        s.flag("clip_sample", false),
        s.number("clip_sample_range"),
        s.flag("set_alpha_to_one", false),
        s.integer("steps_offset"),
        s.choice("prediction_type", named(SchedulerConfig.PredictionType.values()), null),
        s.choice("timestep_spacing", named(SchedulerConfig.TimestepSpacing.values()), null),
        s.flag("rescale_betas_zero_snr", false));
  }

  private static void compare(JsonSection root, Codebook codebook) {
    if (root.integer("steps") != codebook.steps()) {
      throw root.wrong("steps", codebook.steps() + ", the number of timesteps");
    }
    require("cost", root.numberLists("cost"), codebook.cost().values());
    require("spread", root.numberLists("spread"), codebook.spread().values());
    require("group_cost", root.numberLists("group_cost"), codebook.groupCost().values());
    requireRow("lmmc", root.numbers("lmmc"), codebook.lmmc());
    requireRow("lmmc_spread", root.numbers("lmmc_spread"), codebook.lmmcSpread());
    requireRow("tmmc", root.numbers("tmmc"), codebook.tmmc());
    requireRow("tmmc_spread", root.numbers("tmmc_spread"), codebook.tmmcSpread());
    JsonSection selection = section(root, "selection");
    if (!selection
        .node()
        .equals(JsonSection.document("selection", selection(codebook).toString()).node())) {
      throw new InvalidInputException(
          "selection is not what the clips' values give: the file is damaged or was changed");
    }
  }

  private static void requireRow(String name, double[] actual, List<Double> expected) {
    require(
        name,
        new double[][] {actual},
        new double[][] {expected.stream().mapToDouble(Double::doubleValue).toArray()});
  }

  private static void require(String name, double[][] actual, double[][] expected) {
    boolean same = actual.length == expected.length;
    for (int row = 0; same && row < actual.length; row++) {
      same = actual[row].length == expected[row].length;
      for (int i = 0; same && i < actual[row].length; i++) {
        same = Math.abs(actual[row][i] - expected[row][i]) <= TOLERANCE;
      }
    }
    if (!same) {
      throw new InvalidInputException(
          name + " is not what the clips' values give: the file is damaged or was changed");
    }
  }

  static String write(Codebook codebook) {
    ObjectNode root = JsonSection.newObject();
    root.put("format", FORMAT);
    root.put("version", VERSION);
    root.putObject("model").put("name", codebook.modelName()).put("hash", codebook.modelHash());
    write(root.putObject("scheduler"), codebook.scheduler());
    root.put("steps", codebook.steps());
    ArrayNode timesteps = root.putArray("timesteps");
    codebook.timesteps().forEach(timesteps::add);
    ArrayNode layers = root.putArray("layers");
    for (Codebook.Layer layer : codebook.layers()) {
      layers
          .addObject()
          .put("name", layer.name())
          .put("level", layer.level())
          .put("height", layer.height())
          .put("width", layer.width())
          .put("heads", layer.heads());
    }
    root.putObject("dataset")
        .put("spec", codebook.datasetSpec())
        .put("hash", codebook.datasetHash());
    root.put("pool", codebook.pool());
    root.put("cost_form", codebook.form().key());
    root.put("threshold", codebook.threshold());
    write(root, "cost", codebook.cost());
    write(root, "spread", codebook.spread());
    write(root, "group_cost", codebook.groupCost());
    write(root, "lmmc", codebook.lmmc());
    write(root, "lmmc_spread", codebook.lmmcSpread());
    write(root, "tmmc", codebook.tmmc());
    write(root, "tmmc_spread", codebook.tmmcSpread());
    root.set("selection", selection(codebook));
    ArrayNode sweep = root.putArray("sweep");
    for (Codebook.Sweep entry : codebook.sweep()) {
      ObjectNode node = sweep.addObject();
      node.put("threshold", entry.threshold());
      write(node, "cost", entry.cost());
      write(node, "group_cost", entry.groupCost());
    }
    ArrayNode videos = root.putArray("videos");
    for (Codebook.Video video : codebook.videos()) {
      ObjectNode node = videos.addObject();
      node.put("name", video.name());
      node.put("hash", video.hash());
      write(node, "miou", video.miou());
      write(node, "object_iou", video.objectIou());
      write(node, "group_miou", video.groupMiou());
    }
    return root.toPrettyString();
  }

  private static ObjectNode selection(Codebook codebook) {
    ObjectNode node = JsonSection.newObject();
    node.put("layer", codebook.layers().get(codebook.bestLayer()).name());
    node.put("worst_layer", codebook.layers().get(codebook.worstLayer()).name());
    node.put("timestep", codebook.timesteps().get(codebook.bestRecord()));
    Codebook.Cell cell = codebook.bestCell();
    node.putObject("joint")
        .put("layer", codebook.layers().get(cell.layer()).name())
        .put("timestep", codebook.timesteps().get(cell.record()));
    node.put("level", codebook.bestGroup());
    ArrayNode levels = node.putArray("levels");
    for (int level : codebook.levels()) {
      levels
          .addObject()
          .put("level", level)
          .put("layer", codebook.layers().get(codebook.bestLayer(level)).name());
    }
    return node;
  }

  private static void write(ObjectNode node, SchedulerConfig config) {
    node.put("num_train_timesteps", config.numTrainTimesteps());
    node.put("beta_start", config.betaStart());
    node.put("beta_end", config.betaEnd());
    node.put("beta_schedule", config.betaSchedule().configName());
    ArrayNode betas = node.putArray("trained_betas");
    config.trainedBetas().forEach(betas::add);
    node.put("clip_sample", config.clipSample());
    node.put("clip_sample_range", config.clipSampleRange());
    node.put("set_alpha_to_one", config.setAlphaToOne());
    node.put("steps_offset", config.stepsOffset());
    node.put("prediction_type", lower(config.predictionType()));
    node.put("timestep_spacing", lower(config.timestepSpacing()));
    node.put("rescale_betas_zero_snr", config.rescaleBetasZeroSnr());
  }

  static void write(ObjectNode node, String key, CostTable table) {
    ArrayNode rows = node.putArray(key);
    for (double[] row : table.values()) {
      ArrayNode values = rows.addArray();
      for (double value : row) {
        values.add(value);
      }
    }
  }

  private static void write(ObjectNode node, String key, List<Double> values) {
    ArrayNode array = node.putArray(key);
    CostTable rounded =
        CostTable.of(new double[][] {values.stream().mapToDouble(Double::doubleValue).toArray()});
    for (double value : rounded.values()[0]) {
      array.add(value);
    }
  }

  private static Map<String, MatchingCost> forms() {
    Map<String, MatchingCost> forms = new LinkedHashMap<>();
    for (MatchingCost form : MatchingCost.values()) {
      forms.put(form.key(), form);
    }
    return forms;
  }

  private static Map<String, BetaSchedule> betaSchedules() {
    Map<String, BetaSchedule> schedules = new LinkedHashMap<>();
    for (BetaSchedule schedule : BetaSchedule.values()) {
      schedules.put(schedule.configName(), schedule);
    }
    return schedules;
  }

  private static <E extends Enum<E>> Map<String, E> named(E[] values) {
    Map<String, E> names = new LinkedHashMap<>();
    for (E value : values) {
      names.put(lower(value), value);
    }
    return names;
  }

  private static String lower(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
