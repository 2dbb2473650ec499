package io.freemask.video;

import io.freemask.InvalidInputException;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The number of frames of a GIF and how long they are shown, from its blocks (GIF89a
 * specification).
 *
 * @param frames number of images
 * @param hundredths time of all frames in hundredths of a second; a delay under two counts as ten,
 *     as browsers and ffmpeg have it
 * @param uniform whether all frames are shown for the same time
 */
record GifTiming(int frames, long hundredths, boolean uniform) {

  private static final int EXTENSION = 0x21;
  private static final int GRAPHIC_CONTROL = 0xf9;
  private static final int IMAGE = 0x2c;
  private static final int TRAILER = 0x3b;
  private static final int SHORTEST = 2;
  private static final int STANDARD = 10;

  /**
   * Reads the blocks of a file.
   *
   * @throws InvalidInputException if the file ends before its trailer or has an unknown block
   */
  static GifTiming read(Path path) throws IOException {
    try (DataInputStream in =
        new DataInputStream(new BufferedInputStream(Files.newInputStream(path)))) {
      in.skipNBytes(10);
      int flags = in.readUnsignedByte();
      in.skipNBytes(2 + colorTable(flags));
      int frames = 0;
      long hundredths = 0;
      int delay = 0;
      int first = 0;
      boolean uniform = true;
      while (true) {
        switch (in.readUnsignedByte()) {
          case EXTENSION -> {
            if (in.readUnsignedByte() == GRAPHIC_CONTROL) {
              in.skipNBytes(2);
              delay = in.readUnsignedByte() | in.readUnsignedByte() << 8;
              in.skipNBytes(1);
            }
            skipSubBlocks(in);
          }
          case IMAGE -> {
            in.skipNBytes(8);
            in.skipNBytes(colorTable(in.readUnsignedByte()) + 1);
            skipSubBlocks(in);
            int shown = delay < SHORTEST ? STANDARD : delay;
            first = frames == 0 ? shown : first;
            uniform &= shown == first;
            frames++;
            hundredths += shown;
            delay = 0;
          }
          case TRAILER -> {
            return new GifTiming(frames, hundredths, uniform);
          }
          default ->
              throw new InvalidInputException(
                  "'" + path + "' is damaged: unknown block after frame " + frames + " of a GIF");
        }
      }
    } catch (EOFException e) {
      throw new InvalidInputException(
          "'" + path + "' is truncated: it ends before its trailer; expected a whole GIF", e);
    }
  }

  /** Bytes of the colour table that a packed field announces. */
  private static int colorTable(int flags) {
    return (flags & 0x80) == 0 ? 0 : 3 << ((flags & 7) + 1);
  }

  private static void skipSubBlocks(DataInputStream in) throws IOException {
    for (int size = in.readUnsignedByte(); size > 0; size = in.readUnsignedByte()) {
      in.skipNBytes(size);
    }
  }

  /**
   * Returns the average rate: exactly if all delays are equal, else the fraction of the smallest
   * denominator that gives this time when rounded to hundredths.
   */
  FrameRate frameRate() {
    if (uniform) {
      return new FrameRate(100, Math.toIntExact(hundredths / frames));
    }
    double slowest = 100.0 * frames / (hundredths + 0.5);
    double fastest = 100.0 * frames / (hundredths - 0.5);
    int denominator = 1;
    while (Math.ceil(slowest * denominator) > fastest * denominator) {
      denominator++;
    }
    return new FrameRate((int) Math.ceil(slowest * denominator), denominator);
  }
}
