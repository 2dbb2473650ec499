package io.freemask.eval.metric;

import io.freemask.mask.Mask;
import io.freemask.mask.MaskResize;
import io.freemask.video.Clip;
import org.jspecify.annotations.Nullable;

/** The pixels of a clip that a metric looks at. */
final class Region {

  private final @Nullable Mask mask;
  private final boolean inside;
  private final int height;
  private final int width;

  private Region(@Nullable Mask mask, boolean inside, int height, int width) {
    this.mask = mask;
    this.inside = inside;
    this.height = height;
    this.width = width;
  }

  /**
   * Makes the region of two clips that are compared.
   *
   * @param mask null for all pixels
   * @throws IllegalArgumentException if the clips' sizes or frame counts differ, or the mask has
   *     another number of frames
   */
  static Region of(Clip first, Clip second, @Nullable Mask mask, boolean inside) {
    if (!first.size().equals(second.size()) || first.frameCount() != second.frameCount()) {
      throw new IllegalArgumentException(
          second.frameCount()
              + " frames of "
              + second.size()
              + ", expected "
              + first.frameCount()
              + " of "
              + first.size());
    }
    if (mask != null && mask.frames() != first.frameCount()) {
      throw new IllegalArgumentException(
          "mask has " + mask.frames() + " frames, expected " + first.frameCount());
    }
    return new Region(mask, inside, first.size().height(), first.size().width());
  }

  boolean contains(int frame, int y, int x) {
    if (mask == null) {
      return true;
    }
    int row = MaskResize.sourceIndex(y, mask.height(), height);
    int column = MaskResize.sourceIndex(x, mask.width(), width);
    return mask.at(frame, row, column) > 0.5f == inside;
  }
}
