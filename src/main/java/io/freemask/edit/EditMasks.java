package io.freemask.edit;

import io.freemask.mask.Mask;
import io.freemask.mask.MaskSchedule;
import io.freemask.mask.WordMapMask;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** The masks of an edit at any level and step, given or derived, in host memory. */
final class EditMasks {

  private final ResolvedPlan plan;
  private final WordMaps maps;

  EditMasks(ResolvedPlan plan, WordMaps maps) {
    this.plan = plan;
    this.maps = maps;
  }

  /** Returns whether a use has the same mask in all steps. */
  boolean isConstant(MaskUse use) {
    ResolvedPlan.DerivedMask derived = plan.derived().get(use);
    if (derived != null) {
      return !(derived.rule().timing() instanceof MaskRule.Timing.Aware);
    }
    return given(use).isConstant();
  }

  /** Returns the mask of a use in a step at a level's size. */
  Mask at(MaskUse use, int step, LayerGrid.Size size) {
    ResolvedPlan.DerivedMask derived = plan.derived().get(use);
    if (derived == null) {
      return given(use).at(step).resize(size.height(), size.width());
    }
    return derived.rule().latentSize()
        ? derive(derived, step, latentSize()).resize(size.height(), size.width())
        : derive(derived, step, size);
  }

  private LayerGrid.Size latentSize() {
    return new LayerGrid.Size(plan.grid().height(), plan.grid().width());
  }

  /** Returns the masks of all uses that have one, at latent size. */
  Map<MaskUse, MaskSchedule> used() {
    LayerGrid.Size latent = latentSize();
    Map<MaskUse, MaskSchedule> used = new EnumMap<>(plan.given());
    for (MaskUse use : plan.derived().keySet()) {
      if (isConstant(use)) {
        used.put(use, MaskSchedule.constant(at(use, 0, latent)));
      } else {
        List<Mask> steps = new ArrayList<>();
        for (int s = 0; s < plan.plan().steps(); s++) {
          steps.add(at(use, s, latent));
        }
        used.put(use, MaskSchedule.stepwise(steps));
      }
    }
    return used;
  }

  private MaskSchedule given(MaskUse use) {
    MaskSchedule given = plan.given().get(use);
    if (given == null) {
      throw new IllegalStateException("the plan has no mask for " + use.key());
    }
    return given;
  }

  private Mask derive(ResolvedPlan.DerivedMask derived, int step, LayerGrid.Size size) {
    MaskRule rule = derived.rule();
    List<LayerGrid.CrossLayer> layers =
        rule.layers() instanceof MaskRule.Layers.PerLevel
            ? LayerGrid.nearest(derived.layers(), size)
            : derived.layers();
    int[] records = records(rule.timing(), step);
    Mask mask = null;
    for (int group : derived.groups()) {
      float[] relative = relative(rule, layers, records, group, size);
      Mask object =
          rule.soft()
              ? Mask.of(plan.grid().frames(), size.height(), size.width(), relative)
              : threshold(relative, size, rule.threshold());
      mask = mask == null ? object : mask.union(object);
    }
    if (mask == null) {
      throw new IllegalStateException("a mask to derive has no object");
    }
    for (int group : derived.subtracted()) {
      float[] relative = relative(rule, layers, records, group, size);
      mask = mask.minus(threshold(relative, size, rule.subtractThreshold()));
    }
    return mask;
  }

  private int[] records(MaskRule.Timing timing, int step) {
    int steps = plan.plan().steps();
    return switch (timing) {
      case MaskRule.Timing.Aware aware -> new int[] {steps - 1 - step};
      case MaskRule.Timing.Fixed fixed -> new int[] {fixed.k()};
      case MaskRule.Timing.Average average -> IntStream.range(0, steps).toArray();
    };
  }

  private float[] relative(
      MaskRule rule,
      List<LayerGrid.CrossLayer> layers,
      int[] records,
      int group,
      LayerGrid.Size size) {
    Map<LayerGrid.Size, List<WordMapMask.LayerMap>> levels = new LinkedHashMap<>();
    for (LayerGrid.CrossLayer layer : layers) {
      levels
          .computeIfAbsent(layer.size(), level -> new ArrayList<>())
          .add(
              new WordMapMask.LayerMap(layer.layer().heads(), mean(records, layer.index(), group)));
    }
    List<WordMapMask.LevelMaps> maps = new ArrayList<>();
    levels.forEach(
        (level, ofLevel) ->
            maps.add(new WordMapMask.LevelMaps(level.height(), level.width(), ofLevel)));
    return WordMapMask.relative(
        maps, plan.grid().frames(), rule.pool(), size.height(), size.width());
  }

  private float[] mean(int[] records, int layer, int group) {
    float[] mean = maps.get(records[0], layer, group);
    for (int i = 1; i < records.length; i++) {
      float[] map = maps.get(records[i], layer, group);
      for (int j = 0; j < mean.length; j++) {
        mean[j] += map[j];
      }
    }
    for (int j = 0; records.length > 1 && j < mean.length; j++) {
      mean[j] /= records.length;
    }
    return mean;
  }

  private Mask threshold(float[] relative, LayerGrid.Size size, double threshold) {
    return WordMapMask.threshold(
        relative, plan.grid().frames(), size.height(), size.width(), (float) threshold);
  }
}
