package io.freemask.report.html;

import io.freemask.video.Clip;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/** The frames of a clip that a report has a column for: all of a short clip, else a spread. */
final class FrameColumns {

  private static final int MOST_FRAMES = 8;

  /** About 256x256: enough to see what changed, and the page stays some megabytes. */
  static final long MOST_PIXELS = 256 * 256;

  private final Clip clip;
  private final List<Integer> frames;

  FrameColumns(Clip clip) {
    this.clip = clip;
    this.frames = spread(clip.frameCount(), MOST_FRAMES);
  }

  /**
   * Returns places that are spread evenly, the first and the last among them.
   *
   * @param count of all places, at least 1
   * @param most of those that are returned, at least 2
   */
  static List<Integer> spread(int count, int most) {
    List<Integer> places = new ArrayList<>();
    int shown = Math.min(count, most);
    for (int i = 0; i < shown; i++) {
      places.add(shown == 1 ? 0 : (int) Math.round((double) i * (count - 1) / (shown - 1)));
    }
    return places;
  }

  /** Returns a grid with these columns, without rows. */
  PictureGrid grid() {
    return new PictureGrid(frames.stream().map(f -> "frame " + f).toList());
  }

  /**
   * Returns a row's cells.
   *
   * @param what the row shows
   * @param picture gives the picture of a frame
   */
  List<PictureGrid.Cell> cells(String what, IntFunction<Picture> picture) {
    List<PictureGrid.Cell> cells = new ArrayList<>();
    for (int frame : frames) {
      cells.add(
          PictureGrid.Cell.of(picture.apply(frame).shrunk(MOST_PIXELS), what + ", frame " + frame));
    }
    return cells;
  }

  /** Says which frames are shown, and at which size. */
  String caption() {
    String text =
        frames.size() == clip.frameCount()
            ? "All " + clip.frameCount() + " frames"
            : frames.size() + " of " + clip.frameCount() + " frames, evenly spread";
    return clip.size().pixels() > MOST_PIXELS
        ? text + ", made smaller from " + clip.size() + " pixels."
        : text + ".";
  }
}
