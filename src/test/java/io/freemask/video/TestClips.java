package io.freemask.video;

import java.util.ArrayList;
import java.util.List;

/** Clips to write, and how well they come back. */
final class TestClips {

  private TestClips() {}

  /** Grey gradients that move by a pixel a frame: no colour that 4:2:0 could lose. */
  static Clip gradient(FrameSize size, int frames, FrameRate rate) {
    return paint(
        size,
        frames,
        rate,
        (x, y, f) -> {
          int level = 40 + 160 * (x + y + f) / (size.width() + size.height() + frames);
          return level << 16 | level << 8 | level;
        });
  }

  /** A red disc that moves over blue. */
  static Clip disc(FrameSize size, int frames, FrameRate rate) {
    int radius = Math.min(size.width(), size.height()) / 4;
    return paint(
        size,
        frames,
        rate,
        (x, y, f) -> {
          int dx = x - radius - f;
          int dy = y - size.height() / 2;
          return dx * dx + dy * dy <= radius * radius ? 0xdc283c : 0x285ac8;
        });
  }

  /** One colour in every frame. */
  static Clip flat(FrameSize size, int frames, FrameRate rate, int color) {
    return paint(size, frames, rate, (x, y, f) -> color);
  }

  /** The colour of a pixel. */
  interface Painter {
    int color(int x, int y, int frame);
  }

  static Clip paint(FrameSize size, int frames, FrameRate rate, Painter painter) {
    List<byte[]> out = new ArrayList<>();
    for (int f = 0; f < frames; f++) {
      byte[] rgb = new byte[(int) size.pixels() * 3];
      int i = 0;
      for (int y = 0; y < size.height(); y++) {
        for (int x = 0; x < size.width(); x++) {
          int color = painter.color(x, y, f);
          rgb[i++] = (byte) (color >> 16);
          rgb[i++] = (byte) (color >> 8);
          rgb[i++] = (byte) color;
        }
      }
      out.add(rgb);
    }
    return new Clip(size, rate, out);
  }

  /** Peak signal to noise ratio over all frames and channels in dB, infinite if equal. */
  static double psnr(Clip expected, Clip actual) {
    double sum = 0;
    long count = 0;
    for (int f = 0; f < expected.frameCount(); f++) {
      byte[] a = expected.frames().get(f);
      byte[] b = actual.frames().get(f);
      for (int i = 0; i < a.length; i++) {
        double difference = (a[i] & 0xff) - (b[i] & 0xff);
        sum += difference * difference;
      }
      count += a.length;
    }
    return 10 * Math.log10(255.0 * 255.0 * count / sum);
  }

  /** The colour of one pixel. */
  static int color(Clip clip, int frame, int x, int y) {
    byte[] rgb = clip.frames().get(frame);
    int at = 3 * (y * clip.size().width() + x);
    return (rgb[at] & 0xff) << 16 | (rgb[at + 1] & 0xff) << 8 | (rgb[at + 2] & 0xff);
  }
}
