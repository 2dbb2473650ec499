package io.freemask;

import io.freemask.edit.EditPlan;
import io.freemask.edit.LayerGrid;
import io.freemask.edit.SourceCacheUse;
import io.freemask.video.FrameSize;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a request would do, found without loading weights.
 *
 * @param plan the plan that would run
 * @param inputSize of the clip
 * @param workingSize of the edit and its result
 * @param frames F
 * @param latentSize of the latents
 * @param levels the attention levels' sizes by level, outermost first
 * @param sourceCache how much of the source would come from the inversion
 * @param memory the estimate
 * @param refusal why this machine or the memory limit would not let it run; empty if it would
 * @param notices what was changed or chosen for the user, a line each
 */
public record EditPreview(
    EditPlan plan,
    FrameSize inputSize,
    FrameSize workingSize,
    int frames,
    LayerGrid.Size latentSize,
    Map<Integer, LayerGrid.Size> levels,
    SourceCacheUse sourceCache,
    MemoryEstimate memory,
    Optional<String> refusal,
    List<String> notices) {

  /** Copies the collections. */
  public EditPreview {
    levels = Map.copyOf(levels);
    notices = List.copyOf(notices);
  }
}
