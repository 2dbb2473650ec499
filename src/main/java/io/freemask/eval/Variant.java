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
import java.util.List;
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
  /** And of temporal attention: all attention is masked, latents are not blended. */
  WITH_TEMPORAL("masked self, cross and temporal"),
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
  /** The preset's attention, without the latent blend. */
  WITHOUT_BLEND("without latent blend"),
  /** All attention is masked, and latents are blended. */
  MASKED_ATTENTION("masked attention and latent blend"),
  /** The style preset and the latent blend: a style on the object alone. */
  OBJECT_STYLE("style inside of the mask alone"),
  /** And masked cross attention, of which the map goes to the target's tokens before the blend. */
  MAP_THEN_BLEND("style inside, order: map, then blend"),
  /** The same with the blend before the mapping. */
  BLEND_THEN_MAP("style inside, order: blend, then map");

  private static final EditPlan.LatentBlend BLEND =
      new EditPlan.LatentBlend(new StepWindow(0, 1), Preset.BLEND_GROW);

  private final String title;

  Variant(String title) {
    this.title = title;
  }

  /** Returns the row's heading. */
  public String title() {
    return title;
  }

  /** Returns whether a style is wanted on the object alone. */
  public boolean limitsStyle() {
    return this == OBJECT_STYLE || this == MAP_THEN_BLEND || this == BLEND_THEN_MAP;
  }

  /** Returns whether a kind of edit has this variant. */
  public boolean appliesTo(EditCase.Kind kind) {
    return switch (this) {
      case INVERSION_ONLY, NO_MASK -> true;
      default -> limitsStyle() == (kind == EditCase.Kind.STYLE);
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
    MaskSelector selector = new MaskSelector(codebook, input.timesteps());
    Function<MaskUse, MaskRule> chosen = use -> selector.rule(preset, use, input.objects());
    EditPlan base = preset.plan(input);
    EditPlan masked = base.withLatentBlend(null).withMaskedAttention(true);
    EditPlan.Cross cross = base.cross();
    return switch (this) {
      case INVERSION_ONLY -> Preset.NONE.plan(input);
      case SELF -> unmasked(base).withAttention(null, unmasked(base).self(), null);
      case MASKED_SELF -> masked.withAttention(null, masked.self(), null).withMasks(chosen);
      case WITH_CROSS ->
          masked.withAttention(masked.cross(), masked.self(), null).withMasks(chosen);
      case WITH_TEMPORAL -> masked.withMasks(chosen);
      case MMC -> base.withMasks(chosen);
      case NO_MASK -> unmasked(base);
      case AVERAGE ->
          base.withMasks(
              use -> rule(chosen, use, new MaskRule.Layers.All(), new MaskRule.Timing.Average()));
      case FIXED -> base.withMasks(use -> preset.maskRule(use, input));
      case WORST_LAYER -> {
        String worst = codebook.layers().get(codebook.worstLayer()).name();
        yield base.withMasks(
            use ->
                rule(
                    chosen,
                    use,
                    new MaskRule.Layers.Named(List.of(worst)),
                    chosen.apply(use).timing()));
      }
      case TRUTH -> base.withMasks(use -> null);
      case TEMPORAL_SOURCE_INSIDE ->
          temporal(base, true, AttentionPlan.Polarity.SOURCE_INSIDE).withMasks(chosen);
      case TEMPORAL_EDIT_INSIDE ->
          temporal(base, true, AttentionPlan.Polarity.EDIT_INSIDE).withMasks(chosen);
      case TEMPORAL_UNMASKED ->
          temporal(base, false, AttentionPlan.Polarity.SOURCE_INSIDE).withMasks(chosen);
      case WITHOUT_BLEND -> base.withLatentBlend(null).withMasks(chosen);
      case MASKED_ATTENTION -> masked.withLatentBlend(BLEND).withMasks(chosen);
      case OBJECT_STYLE -> base.withLatentBlend(BLEND).withMasks(chosen);
      case MAP_THEN_BLEND -> ordered(base, cross, AttentionPlan.Order.MAP_THEN_BLEND, chosen);
      case BLEND_THEN_MAP -> ordered(base, cross, AttentionPlan.Order.BLEND_THEN_MAP, chosen);
    };
  }

  private static EditPlan ordered(
      EditPlan base,
      EditPlan.@Nullable Cross cross,
      AttentionPlan.Order order,
      Function<MaskUse, MaskRule> chosen) {
    return base.withAttention(
            cross == null ? null : cross.withMask(true).withOrder(order),
            base.self(),
            base.temporal())
        .withLatentBlend(BLEND)
        .withMasks(chosen);
  }

  private static EditPlan temporal(EditPlan base, boolean mask, AttentionPlan.Polarity polarity) {
    EditPlan.Temporal temporal = base.temporal();
    return base.withAttention(
        base.cross(), base.self(), temporal == null ? null : temporal.withMask(mask, polarity));
  }

  /** The choice of the codebook with other layers and records. */
  private static MaskRule rule(
      Function<MaskUse, MaskRule> chosen,
      MaskUse use,
      MaskRule.Layers layers,
      MaskRule.Timing timing) {
    MaskRule mmc = chosen.apply(use);
    return new MaskRule(mmc.objects(), layers, timing, mmc.threshold(), mmc.pool())
        .withLatentSize(true);
  }

  private static EditPlan unmasked(EditPlan plan) {
    return plan.withLatentBlend(null).withMaskedAttention(false).withMasks(use -> null);
  }
}
