package io.freemask;

import io.freemask.video.Clip;
import io.freemask.video.FrameRate;
import io.freemask.video.FrameSize;
import java.util.ArrayList;
import java.util.List;

/** Small clips: a square of one colour that moves to the right over a gradient. */
final class TestClips {

  private TestClips() {}

  static Clip square(int frames, int width, int height) {
    List<byte[]> all = new ArrayList<>();
    for (int f = 0; f < frames; f++) {
      byte[] frame = new byte[3 * width * height];
      for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
          boolean inside = isInside(f, y, x, width, height);
          int i = 3 * (y * width + x);
          frame[i] = (byte) (inside ? 230 : 40 + 100 * x / width);
          frame[i + 1] = (byte) (inside ? 30 : 120 + 60 * y / height);
          frame[i + 2] = (byte) (inside ? 30 : 60);
        }
      }
      all.add(frame);
    }
    return new Clip(new FrameSize(width, height), FrameRate.of(8), all);
  }

  /** White where {@link #square} has its square. */
  static Clip mask(int frames, int width, int height) {
    List<byte[]> all = new ArrayList<>();
    for (int f = 0; f < frames; f++) {
      byte[] frame = new byte[3 * width * height];
      for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
          for (int c = 0; c < 3; c++) {
            frame[3 * (y * width + x) + c] = (byte) (isInside(f, y, x, width, height) ? 255 : 0);
          }
        }
      }
      all.add(frame);
    }
    return new Clip(new FrameSize(width, height), FrameRate.of(8), all);
  }

  private static boolean isInside(int frame, int y, int x, int width, int height) {
    int left = width / 8 + 2 * frame;
    return x >= left && x < left + width / 2 && y >= height / 4 && y < 3 * height / 4;
  }
}
