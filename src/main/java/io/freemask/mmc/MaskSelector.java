package io.freemask.mmc;

import io.freemask.edit.MaskRule;
import io.freemask.edit.MaskUse;
import io.freemask.edit.Preset;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Chooses, before denoising, which word maps the masks of an edit come from: the masks M* of
 * FreeMask (arXiv 2409.20500), by what a codebook says of the model.
 *
 * <p>Layers: those of the least mean cost over the records (LMMC). Time: for masks that are the
 * same in all steps the timestep of the least TMMC, brought to the nearest record of the run's
 * schedule, the cleaner on a tie; else each step's own record. Threshold: the one of the sweep with
 * the least cost for these layers, at that timestep or as the mean over records. Word maps are
 * pooled as they were when the codebook was made, or if the preset's object may grow. The mask is
 * made at latent size, where it was measured, and brought to the coarser levels from there.
 */
public final class MaskSelector {

  /** Which layers. */
  public enum LayerChoice {
    /** The best layer of all, brought to every level. */
    BEST_LAYER,
    /** The best layer of each level; see {@link MaskRule.Layers.PerLevel}. */
    BEST_LAYER_PER_LEVEL,
    /** All layers of the level whose layers together match best, brought to every level. */
    BEST_LEVEL
  }

  /** Which records. */
  public enum TimeChoice {
    /** The best timestep's for all steps. */
    BEST_TIMESTEP,
    /** The step's own. */
    AWARE
  }

  private final Codebook codebook;
  private final List<Integer> timesteps;

  /**
   * Creates a selector.
   *
   * @param codebook of the model that the edit runs on
   * @param timesteps the timestep of each record k = 0..T-1 of the edit's schedule
   */
  public MaskSelector(Codebook codebook, List<Integer> timesteps) {
    this.codebook = codebook;
    this.timesteps = List.copyOf(timesteps);
  }

  /** Returns which layers a preset takes for a use. */
  public static LayerChoice layerChoice(Preset preset, MaskUse use) {
    return LayerChoice.BEST_LAYER;
  }

  /** Returns which records a preset takes for a use. */
  public static TimeChoice timeChoice(Preset preset, MaskUse use) {
    return preset.followsSteps(use) ? TimeChoice.AWARE : TimeChoice.BEST_TIMESTEP;
  }

  /** Returns the rule of a preset's masks for a use. */
  public MaskRule rule(Preset preset, MaskUse use, List<List<String>> objects) {
    MaskRule rule = rule(objects, layerChoice(preset, use), timeChoice(preset, use));
    return rule.withPool(rule.pool() || preset.reachesBeyondObject());
  }

  /**
   * Returns the rule of a choice.
   *
   * @param objects for each object its words or phrases in the source prompt
   */
  public MaskRule rule(List<List<String>> objects, LayerChoice layers, TimeChoice time) {
    boolean aware = time == TimeChoice.AWARE;
    return new MaskRule(
            objects,
            layers(layers),
            aware ? new MaskRule.Timing.Aware() : new MaskRule.Timing.Fixed(fixedRecord()),
            threshold(layers, aware),
            codebook.pool())
        .withLatentSize(true);
  }

  /** Returns the record of the run that is nearest the best timestep, the cleaner on a tie. */
  public int fixedRecord() {
    int best = codebook.timesteps().get(codebook.bestRecord());
    return IntStream.range(0, timesteps.size())
        .boxed()
        .min(Comparator.comparingInt(k -> Math.abs(timesteps.get(k) - best)))
        .orElseThrow();
  }

  private MaskRule.Layers layers(LayerChoice choice) {
    return switch (choice) {
      case BEST_LAYER -> new MaskRule.Layers.Named(names(List.of(codebook.bestLayer())));
      case BEST_LAYER_PER_LEVEL -> new MaskRule.Layers.PerLevel(names(bestOfLevels()));
      case BEST_LEVEL -> new MaskRule.Layers.Named(names(codebook.layersOf(codebook.bestGroup())));
    };
  }

  private List<Integer> bestOfLevels() {
    return codebook.levels().stream().map(codebook::bestLayer).toList();
  }

  private List<String> names(List<Integer> layers) {
    return layers.stream().map(l -> codebook.layers().get(l).name()).toList();
  }

  private double threshold(LayerChoice choice, boolean aware) {
    List<Integer> rows =
        switch (choice) {
          case BEST_LAYER -> List.of(codebook.bestLayer());
          case BEST_LAYER_PER_LEVEL -> bestOfLevels();
          case BEST_LEVEL -> List.of(codebook.levels().indexOf(codebook.bestGroup()));
        };
    int record = codebook.bestRecord();
    return codebook.sweep().stream()
        .min(
            Comparator.comparingDouble(
                entry -> {
                  CostTable cost =
                      choice == LayerChoice.BEST_LEVEL ? entry.groupCost() : entry.cost();
                  return rows.stream()
                      .mapToDouble(row -> aware ? cost.rowMean(row) : cost.at(row, record))
                      .sum();
                }))
        .orElseThrow()
        .threshold();
  }
}
