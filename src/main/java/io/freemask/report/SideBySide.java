package io.freemask.report;

import io.freemask.video.Clip;
import io.freemask.video.FrameSize;
import java.util.ArrayList;
import java.util.List;

/** Two clips beside each other. */
public final class SideBySide {

  private SideBySide() {}

  /**
   * Joins two clips, frame by frame.
   *
   * @param left shown on the left; its frame rate is the result's
   * @param right shown on the right, of the same size and number of frames
   */
  public static Clip of(Clip left, Clip right) {
    if (!left.size().equals(right.size()) || left.frameCount() != right.frameCount()) {
      throw new IllegalArgumentException(
          "the right clip has "
              + right.frameCount()
              + " frames of "
              + right.size()
              + ", expected "
              + left.frameCount()
              + " of "
              + left.size());
    }
    int row = 3 * left.size().width();
    FrameSize size = new FrameSize(2 * left.size().width(), left.size().height());
    List<byte[]> frames = new ArrayList<>();
    for (int f = 0; f < left.frameCount(); f++) {
      byte[] joined = new byte[2 * row * size.height()];
      for (int y = 0; y < size.height(); y++) {
        System.arraycopy(left.frames().get(f), y * row, joined, 2 * y * row, row);
        System.arraycopy(right.frames().get(f), y * row, joined, (2 * y + 1) * row, row);
      }
      frames.add(joined);
    }
    return new Clip(size, left.frameRate(), frames);
  }
}
