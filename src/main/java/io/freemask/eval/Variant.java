package io.freemask.eval;

import io.freemask.edit.EditPlan;
import io.freemask.edit.MaskRule;
import io.freemask.edit.MaskUse;
import io.freemask.edit.Preset;
import io.freemask.edit.PresetInput;
import io.freemask.edit.StepWindow;
import io.freemask.mmc.Codebook;
import io.freemask.mmc.MaskSelector;
import io.freemask.model.AttentionPlan;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A variant of the method: a row of an ablation. */
public enum Variant {
  /** Guided denoising of the inverted clip; nothing is fused. */
  INVERSION_ONLY("inversion only"),
  /** Fusion of self attention alone, everywhere. */
  SELF("self, no mask"),
  /** Fusion of self attention alone, outside of the mask. */
  MASKED_SELF("masked self"),
  /** And of cross attention. */
  WITH_CROSS("masked self and cross"),
  /** The preset with masks from the best layer and timestep (MMC). */
  MMC("mask: MMC's choice"),
  /** The preset without masks. */
  NO_MASK("mask: none"),
  /** The preset with the mean of all layers' and records' maps. */
  AVERAGE("mask: mean of all layers and steps"),
  /** The preset with the released code's choice: all layers of one level, timestep 201. */
  FIXED("mask: released code's fixed choice"),
  /** The preset with the layer that MMC finds worst, at the best timestep. */
  WORST_LAYER("mask: MMC's worst layer"),
  /** The preset with exact masks, of a shape edit both shapes' united: the upper bound. */
  TRUTH("mask: ground truth"),
  /** Temporal fusion takes the source inside of the mask. */
  TEMPORAL_SOURCE_INSIDE("temporal: source inside"),
  /** Temporal fusion takes the edit inside of the mask. */
  TEMPORAL_EDIT_INSIDE("temporal: edit inside"),
  /** Temporal fusion takes the source everywhere. */
  TEMPORAL_UNMASKED("temporal: source everywhere"),
  /** Cross attention is blended before its tokens are mapped. */
  BLEND_THEN_MAP("order: blend, then map"),
  /** Latents return to the source's outside of the mask, in all steps. */
  LATENT_BLEND("with latent blend"),
  /** A style on the object alone. */
  OBJECT_STYLE("style inside of the mask alone");

  private final String title;

  Variant(String title) {
    this.title = title;
  }

  /** Returns the row's heading. */
  public String title() {
    return title;
  }

  /** Returns whether a kind of edit has this variant. */
  public boolean appliesTo(EditCase.Kind kind) {
    return switch (this) {
      case INVERSION_ONLY, NO_MASK -> true;
      case OBJECT_STYLE -> kind == EditCase.Kind.STYLE;
      default -> kind != EditCase.Kind.STYLE;
    };
  }

  /** Returns whether exact masks are given instead of derived. */
  public boolean takesTruth() {
    return this == TRUTH;
  }

  /**
   * Returns the plan.
   *
   * @param preset of the kind of edit
   * @param input the edit
   * @param codebook of the model
   */
  public EditPlan plan(Preset preset, PresetInput input, Codebook codebook) {
    EditPlan base = preset.plan(input);
    MaskSelector selector = new MaskSelector(codebook, input.timesteps());
    Function<MaskUse, MaskRule> chosen = use -> selector.rule(preset, use, input.objects());
    EditPlan mmc = masked(base, chosen);
    EditPlan.Cross cross = base.cross();
    return switch (this) {
      case INVERSION_ONLY -> Preset.NONE.plan(input);
      case SELF -> fused(unmasked(base), null, unmasked(base).self(), null, Map.of());
      case MASKED_SELF -> fused(mmc, null, mmc.self(), null, mmc.masks());
      case WITH_CROSS -> fused(mmc, mmc.cross(), mmc.self(), null, mmc.masks());
      case MMC -> mmc;
      case NO_MASK -> unmasked(base);
      case AVERAGE ->
          masked(
              base,
              use -> rule(input, new MaskRule.Layers.All(), new MaskRule.Timing.Average(), chosen));
      case FIXED ->
          masked(
              base,
              use -> {
                MaskRule rule = preset.maskRule(use, input);
                return rule == null ? chosen.apply(use) : rule;
              });
      case WORST_LAYER -> {
        String worst = codebook.layers().get(codebook.worstLayer()).name();
        yield masked(
            base,
            use ->
                rule(
                    input,
                    new MaskRule.Layers.Named(List.of(worst)),
                    chosen.apply(use).timing(),
                    chosen));
      }
      case TRUTH -> fused(base, base.cross(), base.self(), base.temporal(), Map.of());
      case TEMPORAL_SOURCE_INSIDE ->
          temporal(base, chosen, true, AttentionPlan.Polarity.SOURCE_INSIDE);
      case TEMPORAL_EDIT_INSIDE -> temporal(base, chosen, true, AttentionPlan.Polarity.EDIT_INSIDE);
      case TEMPORAL_UNMASKED -> temporal(base, chosen, false, AttentionPlan.Polarity.SOURCE_INSIDE);
      case BLEND_THEN_MAP ->
          fused(
              mmc,
              cross == null
                  ? null
                  : new EditPlan.Cross(
                      cross.mapper(),
                      cross.window(),
                      cross.wordWindows(),
                      cross.mask(),
                      AttentionPlan.Order.BLEND_THEN_MAP,
                      cross.maxTokens()),
              mmc.self(),
              mmc.temporal(),
              mmc.masks());
      case LATENT_BLEND -> {
        Map<MaskUse, MaskRule> masks = new EnumMap<>(MaskUse.class);
        masks.putAll(mmc.masks());
        masks.put(MaskUse.BLEND, chosen.apply(MaskUse.BLEND));
        yield new EditPlan(
            mmc.source(),
            mmc.target(),
            mmc.steps(),
            mmc.guidance(),
            mmc.cross(),
            mmc.equalizer(),
            mmc.self(),
            mmc.temporal(),
            masks,
            new EditPlan.LatentBlend(new StepWindow(0, 1)));
      }
      case OBJECT_STYLE -> objectStyle(base, chosen);
    };
  }

  /** All attention is the source's outside of the mask, and the edit's inside. */
  private static EditPlan objectStyle(EditPlan base, Function<MaskUse, MaskRule> chosen) {
    EditPlan.Cross cross = base.cross();
    EditPlan.Temporal temporal = base.temporal();
    EditPlan styled =
        fused(
            base,
            cross == null
                ? null
                : new EditPlan.Cross(
                    cross.mapper(),
                    cross.window(),
                    cross.wordWindows(),
                    true,
                    cross.order(),
                    cross.maxTokens()),
            new EditPlan.Self(new StepWindow(0, 0.9), true, 0),
            temporal == null
                ? null
                : new EditPlan.Temporal(
                    temporal.mode(),
                    temporal.window(),
                    true,
                    AttentionPlan.Polarity.EDIT_INSIDE,
                    temporal.maxTokens()),
            Map.of());
    return masked(styled, chosen);
  }

  private static EditPlan temporal(
      EditPlan base,
      Function<MaskUse, MaskRule> chosen,
      boolean mask,
      AttentionPlan.Polarity polarity) {
    EditPlan.Temporal temporal = base.temporal();
    return masked(
        fused(
            base,
            base.cross(),
            base.self(),
            temporal == null
                ? null
                : new EditPlan.Temporal(
                    temporal.mode(), temporal.window(), mask, polarity, temporal.maxTokens()),
            Map.of()),
        chosen);
  }

  private static MaskRule rule(
      PresetInput input,
      MaskRule.Layers layers,
      MaskRule.Timing timing,
      Function<MaskUse, MaskRule> chosen) {
    MaskRule other = chosen.apply(MaskUse.CROSS);
    return new MaskRule(input.objects(), layers, timing, other.threshold(), other.pool())
        .withLatentSize(true);
  }

  private static EditPlan masked(EditPlan plan, Function<MaskUse, MaskRule> rules) {
    Map<MaskUse, MaskRule> masks = new EnumMap<>(MaskUse.class);
    for (MaskUse use : MaskUse.values()) {
      if (plan.usesMask(use)) {
        masks.put(use, rules.apply(use));
      }
    }
    return fused(plan, plan.cross(), plan.self(), plan.temporal(), masks);
  }

  private static EditPlan unmasked(EditPlan plan) {
    EditPlan.Cross cross = plan.cross();
    EditPlan.Self self = plan.self();
    EditPlan.Temporal temporal = plan.temporal();
    return fused(
        plan,
        cross == null
            ? null
            : new EditPlan.Cross(
                cross.mapper(),
                cross.window(),
                cross.wordWindows(),
                false,
                cross.order(),
                cross.maxTokens()),
        self == null ? null : new EditPlan.Self(self.window(), false, self.maxTokens()),
        temporal == null
            ? null
            : new EditPlan.Temporal(
                temporal.mode(),
                temporal.window(),
                false,
                temporal.polarity(),
                temporal.maxTokens()),
        Map.of());
  }

  private static EditPlan fused(
      EditPlan plan,
      EditPlan.@Nullable Cross cross,
      EditPlan.@Nullable Self self,
      EditPlan.@Nullable Temporal temporal,
      Map<MaskUse, MaskRule> masks) {
    Map<MaskUse, MaskRule> used = new EnumMap<>(MaskUse.class);
    used.putAll(masks);
    if (cross == null) {
      used.remove(MaskUse.CROSS);
    }
    if (temporal == null) {
      used.remove(MaskUse.TEMPORAL);
    }
    return new EditPlan(
        plan.source(),
        plan.target(),
        plan.steps(),
        plan.guidance(),
        cross,
        Map.of(),
        self,
        temporal,
        used,
        null);
  }
}
