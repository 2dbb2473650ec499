package io.freemask.video;

import io.freemask.NativeLibraryException;

/** Pictures as PNG, in memory. */
public final class Png {

  private Png() {}

  /**
   * Encodes a picture.
   *
   * @param rgb [H*W*3] bytes: R, G, B of each pixel, row by row
   * @return the bytes of a PNG file
   * @throws NativeLibraryException if ffmpeg cannot be loaded
   */
  public static byte[] encode(byte[] rgb, FrameSize size) {
    if (rgb.length != size.pixels() * 3) {
      throw new IllegalArgumentException(
          "picture has " + rgb.length + " bytes, expected " + size.pixels() * 3 + " for " + size);
    }
    FfmpegRuntime.require();
    try {
      return FfmpegPng.encode(rgb, size);
    } catch (FfmpegException e) {
      throw new IllegalStateException("ffmpeg encoded no PNG of " + size, e);
    }
  }
}
