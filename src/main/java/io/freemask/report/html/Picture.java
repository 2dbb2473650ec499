package io.freemask.report.html;

import io.freemask.mask.Mask;
import io.freemask.mask.MaskResize;
import io.freemask.video.Clip;
import io.freemask.video.FrameRate;
import io.freemask.video.FrameSize;
import io.freemask.video.Png;
import io.freemask.video.Resize;
import java.util.Base64;
import java.util.List;

/**
 * A picture of a report.
 *
 * @param size in pixels
 * @param rgb [H*W*3] bytes: R, G, B of each pixel, row by row; not copied
 */
@SuppressWarnings("ArrayRecordComponent") // handed on, not compared
public record Picture(FrameSize size, byte[] rgb) {

  /** Of the outline around a mask: magenta, which few clips have. */
  private static final int[] OUTLINE = {255, 0, 200};

  /** What is left of the brightness outside of a mask. */
  private static final float DIMMED = 0.35f;

  /** Checks the number of bytes. */
  public Picture {
    if (rgb.length != size.pixels() * 3) {
      throw new IllegalArgumentException(
          "picture has " + rgb.length + " bytes, expected " + size.pixels() * 3 + " for " + size);
    }
  }

  /** Returns a frame of a clip. */
  public static Picture of(Clip clip, int frame) {
    return new Picture(clip.size(), clip.frames().get(frame));
  }

  /**
   * Returns by how much two frames differ: 0 (black) where they agree, and in each channel factor
   * times the absolute difference, at most 255.
   *
   * @param other of the same size
   */
  public Picture difference(Picture other, double factor) {
    if (!size.equals(other.size)) {
      throw new IllegalArgumentException("the other is " + other.size + ", expected " + size);
    }
    byte[] difference = new byte[rgb.length];
    for (int i = 0; i < rgb.length; i++) {
      int apart = Math.abs((rgb[i] & 0xff) - (other.rgb[i] & 0xff));
      difference[i] = (byte) Math.min(255, Math.round(apart * factor));
    }
    return new Picture(size, difference);
  }

  /**
   * Returns this picture with a mask shown on it: as it is where the mask is 1, dark and grey where
   * it is 0, between for values between, and an outline where the mask crosses one half.
   *
   * @param mask brought to this size by nearest resize
   */
  public Picture under(Mask mask, int frame) {
    int width = size.width();
    int height = size.height();
    byte[] shown = new byte[rgb.length];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int at = 3 * (y * width + x);
        float inside = valueAt(mask, frame, y, x);
        boolean edge =
            (inside > 0.5f)
                && (x == 0
                    || y == 0
                    || x == width - 1
                    || y == height - 1
                    || valueAt(mask, frame, y, x - 1) <= 0.5f
                    || valueAt(mask, frame, y, x + 1) <= 0.5f
                    || valueAt(mask, frame, y - 1, x) <= 0.5f
                    || valueAt(mask, frame, y + 1, x) <= 0.5f);
        float gray = ((rgb[at] & 0xff) + (rgb[at + 1] & 0xff) + (rgb[at + 2] & 0xff)) / 3f * DIMMED;
        for (int c = 0; c < 3; c++) {
          float color = inside * (rgb[at + c] & 0xff) + (1 - inside) * gray;
          shown[at + c] = (byte) (edge ? OUTLINE[c] : Math.round(color));
        }
      }
    }
    return new Picture(size, shown);
  }

  private float valueAt(Mask mask, int frame, int y, int x) {
    return mask.at(
        frame,
        MaskResize.sourceIndex(y, mask.height(), size.height()),
        MaskResize.sourceIndex(x, mask.width(), size.width()));
  }

  /** Returns this picture with at most a number of pixels, its aspect kept. */
  public Picture shrunk(long maxPixels) {
    FrameSize smaller = size.nearest(1, maxPixels);
    Clip clip = new Clip(size, FrameRate.of(1), List.of(rgb));
    return of(Resize.apply(clip, smaller, Resize.Fit.STRETCH), 0);
  }

  /** Returns pictures of one size below each other. */
  public static Picture stack(List<Picture> pictures) {
    FrameSize size = pictures.get(0).size;
    int bytes = pictures.get(0).rgb.length;
    byte[] stacked = new byte[Math.multiplyExact(bytes, pictures.size())];
    for (int i = 0; i < pictures.size(); i++) {
      Picture picture = pictures.get(i);
      if (!picture.size.equals(size)) {
        throw new IllegalArgumentException(
            "picture " + i + " is " + picture.size + ", expected " + size + " as the first");
      }
      System.arraycopy(picture.rgb, 0, stacked, i * bytes, bytes);
    }
    return new Picture(new FrameSize(size.width(), size.height() * pictures.size()), stacked);
  }

  /** Returns this picture as a PNG within an address. */
  public String dataUri() {
    return "data:image/png;base64," + Base64.getEncoder().encodeToString(Png.encode(rgb, size));
  }
}
