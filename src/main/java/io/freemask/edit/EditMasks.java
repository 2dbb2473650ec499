package io.freemask.edit;

import io.freemask.mask.Mask;
import io.freemask.mask.MaskSchedule;
import io.freemask.mask.WordMapMask;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

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
      return derived.rule().timing() instanceof MaskRule.Timing.Fixed;
    }
    return given(use).isConstant();
  }

  /** Returns the mask of a use in a step at a level's size. */
  Mask at(MaskUse use, int step, LayerGrid.Size size) {
    ResolvedPlan.DerivedMask derived = plan.derived().get(use);
    return derived != null
        ? derive(derived, step, size)
        : given(use).at(step).resize(size.height(), size.width());
  }

  /** Returns the masks of all uses that have one, at latent size. */
  Map<MaskUse, MaskSchedule> used() {
    LayerGrid.Size latent = new LayerGrid.Size(plan.grid().height(), plan.grid().width());
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
    int record =
        switch (derived.rule().timing()) {
          case MaskRule.Timing.Aware aware -> plan.plan().steps() - 1 - step;
          case MaskRule.Timing.Fixed fixed -> fixed.k();
        };
    LayerGrid.Size level = derived.layers().get(0).size();
    Mask union = null;
    for (int group : derived.groups()) {
      List<WordMapMask.LayerMap> layers = new ArrayList<>();
      for (LayerGrid.CrossLayer layer : derived.layers()) {
        layers.add(
            new WordMapMask.LayerMap(
                layer.layer().heads(), maps.get(record, layer.index(), group)));
      }
      Mask mask =
          WordMapMask.derive(
              layers,
              plan.grid().frames(),
              level.height(),
              level.width(),
              derived.rule().pool(),
              (float) derived.rule().threshold(),
              size.height(),
              size.width());
      union = union == null ? mask : union.union(mask);
    }
    if (union == null) {
      throw new IllegalStateException("a mask to derive has no object");
    }
    return union;
  }
}
