package io.freemask.edit;

import io.freemask.mask.Mask;
import io.freemask.model.AttentionLayer.Kind;
import io.freemask.model.AttentionPlan;
import io.freemask.prompt.Equalizer;
import io.freemask.tensor.Context;
import io.freemask.tensor.DType;
import io.freemask.tensor.Shape;
import io.freemask.tensor.Tensor;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Compiles a plan into what the UNet fuses in one step. Owns the mask tensors: those that do not
 * change by step are made once, the others live until the next step's are asked for.
 */
final class StepPlans implements AutoCloseable {

  /** In the batch of the source and the two of classifier-free guidance; and in that of the two. */
  private static final int EDIT_OF_THREE = 2;

  private static final int EDIT_OF_TWO = 1;

  private record MaskTensors(int step, List<Tensor> tensors) {}

  private final Context context;
  private final ResolvedPlan resolved;
  private final EditMasks masks;
  private final SourceBranch source;
  private final Map<MaskUse, MaskTensors> tensors = new EnumMap<>(MaskUse.class);

  private final float @Nullable [] matrix;
  private final float @Nullable [] weights;
  private final float @Nullable [] equalizer;

  StepPlans(Context context, ResolvedPlan resolved, EditMasks masks, SourceBranch source) {
    this.context = context;
    this.resolved = resolved;
    this.masks = masks;
    this.source = source;
    ResolvedPlan.CrossFusion cross = resolved.cross();
    boolean identity = cross == null || cross.section().mapper() == Mapper.NONE;
    this.matrix = cross == null || identity ? null : cross.mapping().matrix();
    this.weights = cross == null || identity ? null : cross.mapping().weights();
    Equalizer factors = cross == null ? null : cross.equalizer();
    this.equalizer = factors == null ? null : factors.factors();
  }

  /**
   * Returns what step s fuses, or null if no window is open. The masks of the last call's plan may
   * be closed by this one.
   */
  @Nullable AttentionPlan at(int step) {
    AttentionPlan.Cross cross = cross(step);
    AttentionPlan.Self self = self(step);
    AttentionPlan.Temporal temporal = temporal(step);
    if (cross == null && self == null && temporal == null) {
      return null;
    }
    AttentionPlan.Cached cached = source.cached(step);
    return cached == null
        ? new AttentionPlan(new AttentionPlan.Item(0), EDIT_OF_THREE, cross, self, temporal)
        : new AttentionPlan(cached, EDIT_OF_TWO, cross, self, temporal);
  }

  /**
   * Returns the mask [F,h,w] of the latent blend after step s, or null if there is no blend then.
   */
  @Nullable Tensor blendMask(int step) {
    EditPlan.LatentBlend blend = resolved.plan().latentBlend();
    if (blend == null || !blend.window().blendsAfter(step, resolved.plan().steps())) {
      return null;
    }
    LayerGrid grid = resolved.grid();
    LayerGrid.Size latent = new LayerGrid.Size(grid.height(), grid.width());
    return masks(MaskUse.BLEND, step, List.of(latent), blend.grow()).get(0);
  }

  @Override
  public void close() {
    tensors.values().forEach(kept -> kept.tensors().forEach(Tensor::close));
    tensors.clear();
  }

  private AttentionPlan.@Nullable Cross cross(int step) {
    ResolvedPlan.CrossFusion cross = resolved.cross();
    OptionalLong maxTokens = resolved.maxTokens(Kind.CROSS, step);
    if (cross == null || maxTokens.isEmpty()) {
      return null;
    }
    return new AttentionPlan.Cross(
        cross.section().order(),
        maxTokens.getAsLong(),
        matrix,
        weights,
        equalizer,
        cross.windows().alpha(step, resolved.plan().steps()),
        resolved.tokens(),
        cross.section().mask() ? masks(MaskUse.CROSS, step, Kind.CROSS, maxTokens) : List.of());
  }

  private AttentionPlan.@Nullable Self self(int step) {
    EditPlan.Self section = resolved.plan().self();
    OptionalLong maxTokens = resolved.maxTokens(Kind.SELF, step);
    if (section == null || maxTokens.isEmpty()) {
      return null;
    }
    return new AttentionPlan.Self(
        maxTokens.getAsLong(),
        section.mask() ? masks(MaskUse.SELF, step, Kind.SELF, maxTokens) : List.of());
  }

  private AttentionPlan.@Nullable Temporal temporal(int step) {
    EditPlan.Temporal section = resolved.plan().temporal();
    OptionalLong maxTokens = resolved.maxTokens(Kind.TEMPORAL, step);
    if (section == null || maxTokens.isEmpty()) {
      return null;
    }
    return new AttentionPlan.Temporal(
        section.mode(),
        section.polarity(),
        maxTokens.getAsLong(),
        section.mask() ? masks(MaskUse.TEMPORAL, step, Kind.TEMPORAL, maxTokens) : List.of());
  }

  private List<Tensor> masks(MaskUse use, int step, Kind kind, OptionalLong maxTokens) {
    return masks(use, step, resolved.grid().controlledSizes(kind, maxTokens.getAsLong()), 0);
  }

  private List<Tensor> masks(MaskUse use, int step, List<LayerGrid.Size> sizes, int grow) {
    MaskTensors kept = tensors.get(use);
    if (kept != null && (masks.isConstant(use) || kept.step() == step)) {
      return kept.tensors();
    }
    if (kept != null) {
      tensors.remove(use);
      kept.tensors().forEach(Tensor::close);
    }
    List<Tensor> made = new ArrayList<>();
    // Registered before the first tensor is made, so that a failure in between closes the others.
    tensors.put(use, new MaskTensors(step, made));
    for (LayerGrid.Size size : sizes) {
      Mask mask = masks.at(use, step, size).grown(grow);
      made.add(
          Tensor.of(
              context,
              Shape.of(mask.frames(), mask.height(), mask.width()),
              mask.values(),
              DType.F32));
    }
    return made;
  }
}
