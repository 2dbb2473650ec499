package io.freemask.video;

import io.freemask.InvalidInputException;
import io.freemask.NativeLibraryException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A clip being written: {@link #write} for each frame, then {@link #finish}, then {@link #close}.
 *
 * <p>The output has a temporary name in the same folder until it is finished. Closing before that
 * removes it, so nothing partial ever has the final name. Not safe for use by several threads.
 */
public abstract sealed class FrameSink implements AutoCloseable
    permits FrameSink.ToVideo, FrameSink.ToFolder {

  private static final System.Logger LOG = System.getLogger(FrameSink.class.getName());

  /** Frames a second from which browsers no longer play a GIF as it says. */
  private static final int FASTEST_GIF = 50;

  private final PendingOutput output;
  private final FrameSize size;
  private int frames;
  private boolean finished;
  private boolean closed;

  private FrameSink(PendingOutput output, FrameSize size) {
    this.output = output;
    this.size = size;
  }

  /**
   * Opens an output whose name tells the format, as {@link VideoFormat#of(Path)} has it.
   *
   * @throws InvalidInputException if the output exists, its name or its folder is wrong, or the
   *     format cannot hold the size or rate
   * @throws NativeLibraryException if ffmpeg cannot be loaded
   */
  public static FrameSink open(Path target, FrameSize size, FrameRate rate, boolean overwrite) {
    return open(target, VideoFormat.of(target), size, rate, overwrite);
  }

  /**
   * Opens an output.
   *
   * @param size of the frames; H.264 holds even sizes only, see {@link #storedSize}
   * @param rate kept exactly by mp4; to the millisecond by webm and to the hundredth of a second by
   *     gif, both over the whole clip and not by frame; not held by a folder
   * @param overwrite whether an output that exists is replaced
   * @throws InvalidInputException if the output exists, its name or its folder is wrong, or the
   *     format cannot hold the size or rate
   * @throws NativeLibraryException if ffmpeg cannot be loaded
   */
  public static FrameSink open(
      Path target, VideoFormat format, FrameSize size, FrameRate rate, boolean overwrite) {
    FfmpegRuntime.require();
    if (format == VideoFormat.GIF && rate.value() > FASTEST_GIF) {
      throw new InvalidInputException(
          "a GIF plays at most "
              + FASTEST_GIF
              + " frames a second, the clip has "
              + rate
              + "; write mp4 or webm, or read with a stride");
    }
    try {
      if (format == VideoFormat.PNG_FOLDER) {
        return new ToFolder(PendingOutput.folder(target, overwrite), size);
      }
      return openVideo(PendingOutput.file(target, overwrite), format, size, rate);
    } catch (IOException | FfmpegException e) {
      throw new InvalidInputException("cannot write '" + target + "': " + describe(e), e);
    }
  }

  private static FrameSink openVideo(
      PendingOutput output, VideoFormat format, FrameSize size, FrameRate rate)
      throws IOException, FfmpegException {
    boolean opened = false;
    FfmpegFrameEncoder encoder = null;
    try {
      encoder = FfmpegFrameEncoder.open(output.temporary(), format, size, rate);
      FrameSink sink = new ToVideo(output, size, encoder);
      if (!encoder.storedSize().equals(size)) {
        LOG.log(
            System.Logger.Level.WARNING,
            "{0}: H.264 holds even sizes only, so {1} is stored as {2} with {1} marked as visible;"
                + " players that ignore the mark show the last column or row twice",
            output.target(),
            size,
            encoder.storedSize());
      }
      opened = true;
      return sink;
    } finally {
      if (!opened) {
        if (encoder != null) {
          encoder.close();
        }
        output.discard();
      }
    }
  }

  /** Writes a whole clip, see {@link #open(Path, FrameSize, FrameRate, boolean)}. */
  public static void write(Path target, Clip clip, boolean overwrite) {
    try (FrameSink sink = open(target, clip.size(), clip.frameRate(), overwrite)) {
      for (byte[] frame : clip.frames()) {
        sink.write(frame);
      }
      sink.finish();
    }
  }

  /** Returns the final name of the output. */
  public Path target() {
    return output.target();
  }

  /** Returns the size of the frames to write. */
  public FrameSize size() {
    return size;
  }

  /** Returns the size in the file: that of the frames, made even for mp4. */
  public abstract FrameSize storedSize();

  /**
   * Writes the next frame.
   *
   * @param rgb [H*W*3]: R, G, B of each pixel, row by row
   * @throws InvalidInputException if it cannot be encoded or written
   */
  public void write(byte[] rgb) {
    requireOpen();
    if (rgb.length != size.pixels() * 3) {
      throw new IllegalArgumentException(
          "frame has " + rgb.length + " bytes, expected " + size.pixels() * 3 + " for " + size);
    }
    try {
      encode(rgb, frames);
      frames++;
    } catch (IOException | FfmpegException e) {
      throw failed(e);
    }
  }

  /**
   * Completes the output and gives it its final name.
   *
   * @throws InvalidInputException if its end cannot be written, or another output has come to exist
   */
  public void finish() {
    requireOpen();
    if (frames == 0) {
      throw new IllegalStateException("no frame has been written to " + target());
    }
    try {
      complete();
      output.commit();
      finished = true;
    } catch (IOException | FfmpegException e) {
      throw failed(e);
    }
  }

  /** Removes the output unless it is finished. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      release();
    } finally {
      if (!finished) {
        try {
          output.discard();
        } catch (IOException e) {
          LOG.log(System.Logger.Level.WARNING, "cannot remove " + output.temporary(), e);
        }
      }
    }
  }

  abstract void encode(byte[] rgb, int index) throws IOException, FfmpegException;

  abstract void complete() throws FfmpegException;

  abstract void release();

  private void requireOpen() {
    if (closed || finished) {
      throw new IllegalStateException(target() + " is already " + (closed ? "closed" : "finished"));
    }
  }

  private InvalidInputException failed(Exception cause) {
    return new InvalidInputException(
        "cannot write '" + target() + "' at frame " + frames + ": " + describe(cause), cause);
  }

  private static String describe(Exception e) {
    return e instanceof FfmpegException ? String.valueOf(e.getMessage()) : e.toString();
  }

  /** A file written by ffmpeg. */
  static final class ToVideo extends FrameSink {

    private final FfmpegFrameEncoder encoder;

    private ToVideo(PendingOutput output, FrameSize size, FfmpegFrameEncoder encoder) {
      super(output, size);
      this.encoder = encoder;
    }

    @Override
    public FrameSize storedSize() {
      return encoder.storedSize();
    }

    @Override
    void encode(byte[] rgb, int index) throws FfmpegException {
      encoder.write(rgb);
    }

    @Override
    void complete() throws FfmpegException {
      encoder.finish();
    }

    @Override
    void release() {
      encoder.close();
    }
  }

  /** A folder of PNG files. */
  static final class ToFolder extends FrameSink {

    private final PendingOutput folder;

    private ToFolder(PendingOutput folder, FrameSize size) {
      super(folder, size);
      this.folder = folder;
    }

    @Override
    public FrameSize storedSize() {
      return size();
    }

    @Override
    void encode(byte[] rgb, int index) throws IOException, FfmpegException {
      Files.write(
          folder.temporary().resolve(PendingOutput.frameName(index)),
          FfmpegPng.encode(rgb, size()));
    }

    @Override
    void complete() {}

    @Override
    void release() {}
  }
}
