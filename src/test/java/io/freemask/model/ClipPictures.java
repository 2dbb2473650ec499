package io.freemask.model;

import io.freemask.video.Clip;
import io.freemask.video.FrameRate;
import io.freemask.video.FrameSize;
import java.util.ArrayList;
import java.util.List;

/** The pictures of {@code make_clip_fixtures.py}: stripes, and blocks of them inverted. */
public final class ClipPictures {

  private ClipPictures() {}

  /** Returns a clip of the frames 0 to frames-1. */
  public static Clip clip(int width, int height, int frames) {
    List<byte[]> made = new ArrayList<>();
    for (int f = 0; f < frames; f++) {
      byte[] rgb = new byte[3 * width * height];
      for (int i = 0; i < rgb.length; i++) {
        int c = i % 3;
        int x = i / 3 % width;
        int y = i / 3 / width;
        int level = (x * (3 + f) / 2 + Math.floorDiv(y * (5 - f), 3) + c * (40 + 30 * f)) & 0xff;
        rgb[i] = (byte) ((x / 7 + y / 5 + f) % 3 == c ? 255 - level : level);
      }
      made.add(rgb);
    }
    return new Clip(new FrameSize(width, height), FrameRate.of(8), made);
  }
}
