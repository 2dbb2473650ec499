package io.freemask.eval.metric;

import io.freemask.video.Clip;
import io.freemask.video.FrameRate;
import io.freemask.video.FrameSize;
import java.util.ArrayList;
import java.util.List;

/** Clips of a smooth pattern that moves by the same pixels each frame. */
final class MovingTexture {

  private MovingTexture() {}

  /**
   * Makes a clip.
   *
   * @param gain contrast: 1 for levels from 8 to 248
   * @param flicker added to every odd frame
   */
  static Clip of(int frames, int width, int height, int dx, int dy, double gain, int flicker) {
    List<byte[]> all = new ArrayList<>();
    for (int f = 0; f < frames; f++) {
      byte[] frame = new byte[3 * width * height];
      for (int i = 0; i < width * height; i++) {
        double x = i % width - dx * f;
        double y = i / width - dy * f;
        for (int c = 0; c < 3; c++) {
          double wave =
              Math.sin(x / 3.1 + c)
                  + Math.sin(y / 4.3 - c)
                  + Math.sin((x + 2 * y) / 9.7)
                  + Math.sin((2 * x - y) / 13.9);
          frame[3 * i + c] = (byte) Math.round(128 + gain * 30 * wave + (f % 2) * flicker);
        }
      }
      all.add(frame);
    }
    return new Clip(new FrameSize(width, height), FrameRate.of(8), all);
  }
}
