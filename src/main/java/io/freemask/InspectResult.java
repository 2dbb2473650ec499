package io.freemask;

import io.freemask.edit.EditPlan;
import io.freemask.edit.MaskUse;
import io.freemask.edit.WordMapTrace;
import io.freemask.mask.Mask;
import io.freemask.mask.MaskSchedule;
import io.freemask.mmc.Codebook;
import io.freemask.video.Clip;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What masks are chosen from, and what is chosen.
 *
 * @param source the clip at working size
 * @param plan the plan of the edit
 * @param trace the word maps of all cross layers at every record
 * @param masks the masks that would take part, at latent size, by what they are for; empty for none
 * @param truth the ground truth [F,H,W] at the working size, 1 on the object, or null for none
 * @param codebook what masks are chosen by, where the preset does; null for none
 * @param clipCosts the codebook that this clip alone would give, measured on the ground truth; null
 *     without one
 * @param written the page, if one was written
 * @param statistics what it took
 * @param notices what was changed or chosen for the user, a line each
 */
public record InspectResult(
    Clip source,
    EditPlan plan,
    WordMapTrace trace,
    Map<MaskUse, MaskSchedule> masks,
    @Nullable Mask truth,
    @Nullable Codebook codebook,
    @Nullable Codebook clipCosts,
    List<Path> written,
    RunStatistics statistics,
    List<String> notices) {

  /** Copies the collections. */
  public InspectResult {
    masks = Collections.unmodifiableMap(new LinkedHashMap<>(masks));
    written = List.copyOf(written);
    notices = List.copyOf(notices);
  }
}
