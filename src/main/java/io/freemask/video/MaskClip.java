package io.freemask.video;

import io.freemask.mask.Mask;
import java.nio.file.Path;

/**
 * A mask for each frame.
 *
 * @param size of every mask
 * @param frames F
 * @param values [F,H,W] in [0,1], 1 on the object
 */
@SuppressWarnings("ArrayRecordComponent") // megabytes: handed on, not compared
public record MaskClip(FrameSize size, int frames, float[] values) {

  /** Checks the number of values. */
  public MaskClip {
    if (frames < 1 || values.length != frames * size.pixels()) {
      throw new IllegalArgumentException(
          "mask has " + values.length + " values, expected " + frames + " frames of " + size);
    }
  }

  /**
   * Reads masks from whatever {@link FrameSource} reads. White is the object, black is not; of a
   * coloured pixel its largest channel counts, and transparent counts as black.
   *
   * @throws io.freemask.InvalidInputException as {@link FrameSource} does
   */
  public static MaskClip read(Path path, FrameRange range) {
    return of(FrameSource.open(path).read(range));
  }

  /** Returns the largest channel of each pixel of a clip, divided by 255. */
  public static MaskClip of(Clip clip) {
    int pixels = Math.toIntExact(clip.size().pixels());
    float[] values = new float[Math.multiplyExact(clip.frameCount(), pixels)];
    for (int f = 0; f < clip.frameCount(); f++) {
      byte[] frame = clip.frames().get(f);
      for (int i = 0; i < pixels; i++) {
        int red = frame[3 * i] & 0xff;
        int green = frame[3 * i + 1] & 0xff;
        int blue = frame[3 * i + 2] & 0xff;
        values[f * pixels + i] = Math.max(red, Math.max(green, blue)) / 255f;
      }
    }
    return new MaskClip(clip.size(), clip.frameCount(), values);
  }

  /** Returns the masks [F,H,W]. */
  public Mask toMask() {
    return Mask.of(frames, size.height(), size.width(), values);
  }
}
