package io.freemask.edit;

import io.freemask.model.AttentionPlan;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Ready-made plans for a kind of edit, chosen by what was measured on ShapeWorld-Edit's scenes of
 * another seed with the built-in model.
 */
public enum Preset {
  /** The look of the whole clip; no masks. */
  STYLE,
  /** The object's colour or material. */
  ATTRIBUTE,
  /** The object's shape. */
  SHAPE,
  /** As the authors' released code edits shapes. */
  PARITY,
  /** Plain guided denoising from the inverted latents, without control. */
  NONE;

  private static final System.Logger LOGGER = System.getLogger(Preset.class.getName());

  /** By how many latent pixels the mask of a latent blend is grown. */
  public static final int BLEND_GROW = 1;

  private static final double PARITY_THRESHOLD = 0.4;
  private static final long SELF_MAX_TOKENS = 2048;
  private static final long TEMPORAL_QK_MAX_TOKENS = 1024;

  /** Returns the preset's plan. */
  public EditPlan plan(PresetInput input) {
    EditPlan.Cross cross =
        switch (this) {
          case STYLE -> cross(Mapper.REFINE, 0.9, false, AttentionPlan.Order.MAP_THEN_BLEND);
          case ATTRIBUTE -> cross(mapper(input), 0.8, false, AttentionPlan.Order.MAP_THEN_BLEND);
          case SHAPE -> cross(mapper(input), 0.5, true, AttentionPlan.Order.MAP_THEN_BLEND);
          case PARITY -> cross(Mapper.REFINE, 0.5, true, AttentionPlan.Order.BLEND_THEN_MAP);
          case NONE -> null;
        };
    EditPlan.Self self =
        switch (this) {
          case ATTRIBUTE -> new EditPlan.Self(new StepWindow(0, 0.9), false, SELF_MAX_TOKENS);
          case SHAPE -> new EditPlan.Self(new StepWindow(0, 0.3), false, SELF_MAX_TOKENS);
          case PARITY -> new EditPlan.Self(new StepWindow(0, 0.3), true, SELF_MAX_TOKENS);
          case STYLE, NONE -> null;
        };
    EditPlan.Temporal temporal =
        switch (this) {
          case STYLE, ATTRIBUTE ->
              new EditPlan.Temporal(
                  AttentionPlan.Mode.MAP,
                  new StepWindow(0, 0.9),
                  false,
                  AttentionPlan.Polarity.SOURCE_INSIDE,
                  0);
          case SHAPE, PARITY ->
              new EditPlan.Temporal(
                  AttentionPlan.Mode.QK,
                  new StepWindow(0, 0.99),
                  this == PARITY,
                  AttentionPlan.Polarity.SOURCE_INSIDE,
                  TEMPORAL_QK_MAX_TOKENS);
          case NONE -> null;
        };
    EditPlan.LatentBlend blend =
        switch (this) {
          case ATTRIBUTE, SHAPE -> new EditPlan.LatentBlend(new StepWindow(0, 1), BLEND_GROW);
          case STYLE, PARITY, NONE -> null;
        };
    EditPlan plan =
        new EditPlan(
            input.source().text(),
            input.target().text(),
            input.steps(),
            input.guidance(),
            input.inversionIterations(),
            cross,
            Map.of(),
            self,
            temporal,
            Map.of(),
            blend);
    return plan.withMasks(use -> maskRule(use, input));
  }

  /** Returns whether the masks of a use come from each step's own record instead of one. */
  public boolean followsSteps(MaskUse use) {
    return (this == SHAPE || this == PARITY) && (use == MaskUse.CROSS || use == MaskUse.SELF);
  }

  /**
   * Returns whether masks by a codebook are max-pooled even if it was measured without: another
   * shape reaches beyond the object's.
   */
  public boolean reachesBeyondObject() {
    return this == SHAPE;
  }

  /** Returns whether a codebook chooses the masks; parity has the released code's fixed choice. */
  public boolean usesCodebook() {
    return this != PARITY;
  }

  /**
   * Returns the rule that this preset derives a use's mask by without a codebook, also where the
   * preset itself does not mask that use; null without an object.
   */
  public @Nullable MaskRule maskRule(MaskUse use, PresetInput input) {
    if (input.objects().isEmpty()) {
      return null;
    }
    LayerGrid.Size level = input.grid().standardMaskLevel();
    return new MaskRule(
        input.objects(),
        new MaskRule.Layers.Level(level.height(), level.width()),
        followsSteps(use)
            ? new MaskRule.Timing.Aware()
            : new MaskRule.Timing.Fixed(input.fixedRecord()),
        this == PARITY ? PARITY_THRESHOLD : MaskRule.DEFAULT_THRESHOLD,
        true);
  }

  private static EditPlan.Cross cross(
      Mapper mapper, double end, boolean mask, AttentionPlan.Order order) {
    return new EditPlan.Cross(mapper, new StepWindow(0, end), Map.of(), mask, order, 0);
  }

  private Mapper mapper(PresetInput input) {
    int before = input.source().words().size();
    int after = input.target().words().size();
    Mapper mapper = before == after ? Mapper.REPLACE : Mapper.REFINE;
    LOGGER.log(
        System.Logger.Level.INFO,
        "{0}: mapper {1}: the source has {2} words, the target {3}",
        this,
        mapper.key(),
        before,
        after);
    return mapper;
  }
}
