package io.freemask;

import io.freemask.edit.EditPlan;
import io.freemask.edit.MaskUse;
import io.freemask.edit.SourceCacheUse;
import io.freemask.mask.Mask;
import io.freemask.mask.MaskSchedule;
import io.freemask.video.Clip;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A finished edit.
 *
 * @param clip the edited clip
 * @param source the clip at working size that was edited
 * @param mask the mask of the object at latent size, or null if nothing was masked
 * @param masks the masks that took part, at latent size, by what they are for; empty for none
 * @param written the files and folders that were written
 * @param plan the plan that ran
 * @param figures how far the result is from the source
 * @param sourceCache how much of the source came from the inversion
 * @param statistics what it took
 * @param notices what was changed or chosen for the user, a line each
 */
public record EditResult(
    Clip clip,
    Clip source,
    @Nullable Mask mask,
    Map<MaskUse, MaskSchedule> masks,
    List<Path> written,
    EditPlan plan,
    EditFigures figures,
    SourceCacheUse sourceCache,
    RunStatistics statistics,
    List<String> notices) {

  /** Copies the collections. */
  public EditResult {
    masks = Collections.unmodifiableMap(new LinkedHashMap<>(masks));
    written = List.copyOf(written);
    notices = List.copyOf(notices);
  }
}
