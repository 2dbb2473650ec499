package io.freemask.report.html;

import io.freemask.edit.MaskUse;
import io.freemask.mask.Mask;
import io.freemask.mask.MaskSchedule;
import io.freemask.video.Clip;
import j2html.tags.DomContent;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Masks shown on the frames that they are of. Kinds of attention whose masks are the same share a
 * row; of a mask that follows the steps the first, the middle and the last step are shown.
 */
final class MaskRows {

  private static final int MOST_STEPS = 3;

  /**
   * A mask to show.
   *
   * @param when in words
   */
  private record Shown(Mask mask, String when) {}

  private final Clip clip;
  private final FrameColumns columns;
  private final Map<Shown, List<String>> shown = new LinkedHashMap<>();

  MaskRows(Clip clip) {
    this.clip = clip;
    this.columns = new FrameColumns(clip);
  }

  /**
   * Adds the masks of a kind of attention.
   *
   * @param open the editing steps in which they take part; empty for never
   * @param steps T
   */
  void add(MaskUse use, MaskSchedule schedule, List<Integer> open, int steps) {
    if (schedule.isConstant()) {
      add(use.key(), schedule.at(0), "all steps");
      return;
    }
    for (int place : open.isEmpty() ? open : FrameColumns.spread(open.size(), MOST_STEPS)) {
      int step = open.get(place);
      add(use.key(), schedule.at(step), "step " + (step + 1) + " of " + steps);
    }
  }

  /** Adds one mask. */
  void add(String name, Mask mask, String when) {
    shown.computeIfAbsent(new Shown(mask, when), key -> new ArrayList<>()).add(name);
  }

  DomContent toHtml() {
    PictureGrid grid = columns.grid();
    shown.forEach(
        (mask, names) ->
            grid.row(
                String.join(", ", names),
                String.format(
                    Locale.ROOT,
                    "%s; %.1f %% of the frame",
                    mask.when(),
                    100 * mask.mask().coverage()),
                columns.cells(
                    "mask of " + String.join(", ", names) + ", " + mask.when(),
                    f -> Picture.of(clip, f).under(mask.mask(), f))));
    return grid.caption(
            columns.caption()
                + " Inside the magenta outline the mask is 1, the object, and the frame keeps its"
                + " colours; where it is 0 the frame is dark and grey. Masks have the latents'"
                + " size and are enlarged by nearest pixels.")
        .toHtml();
  }
}
