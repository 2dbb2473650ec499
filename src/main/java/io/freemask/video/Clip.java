package io.freemask.video;

import java.util.ArrayList;
import java.util.List;

/**
 * Frames of one size in memory.
 *
 * @param size of every frame
 * @param frameRate at which they play
 * @param frames [F][H*W*3] bytes: R, G, B of each pixel, row by row; not copied, so neither the
 *     maker nor a user changes them
 */
public record Clip(FrameSize size, FrameRate frameRate, List<byte[]> frames) {

  /** Checks that there is a frame and that each has the size's number of bytes. */
  public Clip {
    frames = List.copyOf(frames);
    if (frames.isEmpty()) {
      throw new IllegalArgumentException("clip has 0 frames, expected at least 1");
    }
    long expected = size.pixels() * 3;
    for (int i = 0; i < frames.size(); i++) {
      if (frames.get(i).length != expected) {
        throw new IllegalArgumentException(
            "frame "
                + i
                + " has "
                + frames.get(i).length
                + " bytes, expected "
                + expected
                + " for "
                + size);
      }
    }
  }

  /** Returns F. */
  public int frameCount() {
    return frames.size();
  }

  /**
   * Returns the pixels as a model takes them.
   *
   * @return [F,3,H,W], in [-1,1]
   */
  public float[] toPlanes() {
    int pixels = Math.toIntExact(size.pixels());
    float[] planes = new float[Math.toIntExact((long) frames.size() * 3 * pixels)];
    for (int f = 0; f < frames.size(); f++) {
      byte[] frame = frames.get(f);
      for (int c = 0; c < 3; c++) {
        int plane = (f * 3 + c) * pixels;
        for (int i = 0; i < pixels; i++) {
          planes[plane + i] = (frame[3 * i + c] & 0xff) / 127.5f - 1;
        }
      }
    }
    return planes;
  }

  /**
   * Returns the clip of a model's pixels, rounded to the nearest of 256 levels.
   *
   * @param planes [F,3,H,W]; values outside [-1,1] are clamped
   */
  public static Clip ofPlanes(FrameSize size, FrameRate frameRate, float[] planes) {
    int pixels = Math.toIntExact(size.pixels());
    if (planes.length == 0 || planes.length % (3 * pixels) != 0) {
      throw new IllegalArgumentException(
          "planes has "
              + planes.length
              + " values, expected a multiple of "
              + 3 * pixels
              + " for "
              + size);
    }
    List<byte[]> frames = new ArrayList<>();
    for (int f = 0; f < planes.length / (3 * pixels); f++) {
      byte[] frame = new byte[3 * pixels];
      for (int c = 0; c < 3; c++) {
        int plane = (f * 3 + c) * pixels;
        for (int i = 0; i < pixels; i++) {
          float level = (planes[plane + i] + 1) * 127.5f;
          frame[3 * i + c] = (byte) Math.round(Math.max(0, Math.min(255, level)));
        }
      }
      frames.add(frame);
    }
    return new Clip(size, frameRate, frames);
  }
}
