package io.freemask.report.html;

import io.freemask.mmc.Codebook;
import io.freemask.mmc.CostTable;
import j2html.tags.DomContent;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * The Mask Matching Cost by layer and timestep, as figures 1b and 1c of FreeMask (arXiv 2409.20500)
 * show it: LMMC, TMMC and the table of both. Rows and columns are ordered as those of {@link
 * WordMapGrid}.
 */
final class CostCharts {

  private final Codebook codebook;
  private final CostTable cost;
  private final List<Double> lmmc;
  private final List<Double> tmmc;

  private CostCharts(Codebook codebook) {
    this.codebook = codebook;
    this.cost = codebook.cost();
    this.lmmc = codebook.lmmc();
    this.tmmc = codebook.tmmc();
  }

  static List<DomContent> of(Codebook codebook) {
    CostCharts charts = new CostCharts(codebook);
    return List.of(Tables.facts(charts.best()), charts.layers(), charts.times(), charts.table());
  }

  private Map<String, String> best() {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("Cost", codebook.form().key() + " at threshold " + codebook.threshold());
    facts.put("Best layer", describe(codebook.bestLayer()));
    for (int level : codebook.levels()) {
      facts.put("Best of " + size(level), describe(codebook.bestLayer(level)));
    }
    int record = codebook.bestRecord();
    facts.put(
        "Best timestep",
        String.format(
            Locale.ROOT, "%d, TMMC %.3f", codebook.timesteps().get(record), tmmc.get(record)));
    Codebook.Cell cell = codebook.bestCell();
    facts.put(
        "Best cell",
        String.format(
            Locale.ROOT,
            "%s at %d, %.3f",
            label(cell.layer()),
            codebook.timesteps().get(cell.record()),
            cost.at(cell.layer(), cell.record())));
    return facts;
  }

  private DomContent layers() {
    boolean several = codebook.videos().size() > 1;
    List<Double> spread = codebook.lmmcSpread();
    return Charts.intervals(
        "LMMC: mean of " + codebook.form().key() + " over timesteps",
        rows().stream()
            .map(
                l ->
                    new Charts.Interval(
                        label(l),
                        lmmc.get(l) - spread.get(l),
                        lmmc.get(l),
                        lmmc.get(l) + spread.get(l)))
            .toList(),
        "LMMC: the cost of each layer, as its mean over timesteps"
            + (several ? "; the bar is a standard deviation between clips to either side" : "")
            + ". Lower is better.");
  }

  private DomContent times() {
    List<Charts.Series> series = new ArrayList<>();
    series.add(new Charts.Series("all layers (TMMC)", columns().stream().map(tmmc::get).toList()));
    for (int level : codebook.levels()) {
      List<Integer> ofLevel = codebook.layersOf(level);
      series.add(
          new Charts.Series(
              size(level),
              columns().stream()
                  .map(
                      k -> ofLevel.stream().mapToDouble(l -> cost.at(l, k)).average().orElseThrow())
                  .toList()));
    }
    return Charts.lines(
        "timestep, from noise to the clip",
        codebook.form().key(),
        timesteps(),
        series,
        "TMMC: the cost of each timestep, as the mean over all layers, and over those of each"
            + " level. Lower is better.");
  }

  private DomContent table() {
    return HeatTable.of(
        "layer, t",
        rows().stream().map(this::label).toList(),
        timesteps(),
        rows().stream()
            .map(l -> columns().stream().mapToDouble(k -> cost.at(l, k)).toArray())
            .toArray(double[][]::new),
        ColorMap.VIRIDIS,
        "The cost of each layer and timestep: yellow is the least of the table, violet the most;"
            + " the best cell is framed.");
  }

  private List<Integer> rows() {
    return WordMapGrid.rows(codebook.layers().stream().map(Codebook.Layer::level).toList());
  }

  private List<Integer> columns() {
    return IntStream.range(0, codebook.steps()).boxed().toList().reversed();
  }

  private List<String> timesteps() {
    return columns().stream().map(k -> Integer.toString(codebook.timesteps().get(k))).toList();
  }

  private String describe(int layer) {
    return String.format(Locale.ROOT, "%s, LMMC %.3f", label(layer), lmmc.get(layer));
  }

  private String label(int layer) {
    return WordMapGrid.shortName(codebook.layers().get(layer).name())
        + " ("
        + size(codebook.layers().get(layer).level())
        + ")";
  }

  private String size(int level) {
    Codebook.Layer first = codebook.layers().get(codebook.layersOf(level).get(0));
    return first.height() + "\u00d7" + first.width();
  }
}
