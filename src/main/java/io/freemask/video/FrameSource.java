package io.freemask.video;

import io.freemask.CancelledException;
import io.freemask.InvalidInputException;
import io.freemask.NativeLibraryException;
import io.freemask.OutOfMemoryException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/**
 * A clip to read: a video (mp4, mov, webm, mkv, avi, gif), a folder of images or a single image.
 *
 * <p>What a file is, its content tells and not its name. A folder's images (png, jpg, jpeg, bmp,
 * webp, tif, tiff) come in natural order, frame2 before frame10, and have to be of one size; its
 * other files are ignored. What is transparent is blended with black. Immutable and safe for use by
 * several threads; a file is open only during a call.
 */
public final class FrameSource {

  /** What images, which have no frame rate, are taken to have. */
  public static final FrameRate IMAGE_FRAME_RATE = FrameRate.of(10);

  private static final Set<String> IMAGE_EXTENSIONS =
      Set.of("png", "jpg", "jpeg", "bmp", "webp", "tif", "tiff");
  private static final String EXPECTED =
      "expected a video (mp4, mov, webm, mkv, avi, gif), an image or a folder of images";
  private static final System.Logger LOG = System.getLogger(FrameSource.class.getName());

  private final ClipInfo info;
  private final MediaType type;
  private final List<Path> images;

  private FrameSource(ClipInfo info, MediaType type, List<Path> images) {
    this.info = info;
    this.type = type;
    this.images = images;
  }

  /**
   * Looks at a file or folder without decoding it.
   *
   * @throws InvalidInputException if it is missing, unreadable, cut off or not a clip
   * @throws NativeLibraryException if ffmpeg cannot be loaded
   */
  public static FrameSource open(Path path) {
    FfmpegRuntime.require();
    if (!Files.exists(path)) {
      throw new InvalidInputException("'" + path + "' does not exist, " + EXPECTED);
    }
    try {
      return Files.isDirectory(path) ? openFolder(path) : openFile(path);
    } catch (IOException e) {
      throw new InvalidInputException("cannot read '" + path + "': " + e, e);
    } catch (FfmpegException e) {
      throw new InvalidInputException(
          "cannot read '" + path + "': " + e.getMessage() + "; " + EXPECTED, e);
    }
  }

  private static FrameSource openFile(Path path) throws IOException, FfmpegException {
    MediaType type = typeOf(path);
    try (FfmpegDecoder decoder = FfmpegDecoder.open(path, type)) {
      FrameRate rate = decoder.frameRate().orElse(IMAGE_FRAME_RATE);
      OptionalLong count = decoder.frameCount();
      if (type.isImage()) {
        rate = IMAGE_FRAME_RATE;
        count = OptionalLong.of(1);
      } else if (type == MediaType.GIF) {
        GifTiming timing = GifTiming.read(path);
        if (timing.frames() == 0) {
          throw new InvalidInputException("'" + path + "' has no frames, expected at least one");
        }
        rate = timing.frameRate();
        count = OptionalLong.of(timing.frames());
      }
      ClipInfo info =
          new ClipInfo(path, type.label(), decoder.size(), rate, count, decoder.hasAudio());
      return new FrameSource(info, type, List.of(path));
    }
  }

  private static FrameSource openFolder(Path path) throws IOException, FfmpegException {
    List<Path> images;
    try (Stream<Path> files = Files.list(path)) {
      images =
          files
              .filter(FrameSource::isImageName)
              .filter(Files::isRegularFile)
              .sorted(NaturalOrder.BY_FILE_NAME)
              .toList();
    }
    if (images.isEmpty()) {
      throw new InvalidInputException(
          "folder '" + path + "' has no images, expected some of " + extensions());
    }
    Path first = images.getFirst();
    FrameSize size;
    MediaType type = imageTypeOf(first);
    try (FfmpegDecoder decoder = FfmpegDecoder.open(first, type)) {
      size = decoder.size();
    }
    ClipInfo info =
        new ClipInfo(
            path, "image folder", size, IMAGE_FRAME_RATE, OptionalLong.of(images.size()), false);
    return new FrameSource(info, type, images);
  }

  private static boolean isImageName(Path file) {
    String name = file.getFileName().toString();
    int dot = name.lastIndexOf('.');
    return dot > 0 && IMAGE_EXTENSIONS.contains(name.substring(dot + 1).toLowerCase(Locale.ROOT));
  }

  private static String extensions() {
    return IMAGE_EXTENSIONS.stream().sorted().map(e -> "." + e).toList().toString();
  }

  private static MediaType typeOf(Path file) throws IOException {
    if (Files.size(file) == 0) {
      throw new InvalidInputException("'" + file + "' is empty, " + EXPECTED);
    }
    MediaType type =
        MediaType.of(file)
            .orElseThrow(
                () -> new InvalidInputException("'" + file + "' is not a clip, " + EXPECTED));
    ContainerCheck.requireWhole(file, type);
    return type;
  }

  private static MediaType imageTypeOf(Path file) throws IOException {
    MediaType type = typeOf(file);
    if (!type.isImage()) {
      throw new InvalidInputException(
          "'" + file + "' is a " + type.label() + " file, expected an image in a folder of images");
    }
    return type;
  }

  /**
   * Returns the version of the ffmpeg that reads and writes, such as "libavcodec 62.11.100".
   *
   * @throws NativeLibraryException if it cannot be loaded
   */
  public static String ffmpegVersion() {
    return FfmpegRuntime.version();
  }

  /** Returns what is known without decoding. */
  public ClipInfo info() {
    return info;
  }

  /** Reads every frame. */
  public Clip read() {
    return read(FrameRange.ALL, () -> false);
  }

  /**
   * Reads some frames; the clip plays as fast as the source, so its rate is divided by the stride.
   */
  public Clip read(FrameRange range) {
    return read(range, () -> false);
  }

  /**
   * Reads some frames; the clip plays as fast as the source, so its rate is divided by the stride.
   *
   * @param cancelled asked before each frame
   * @throws InvalidInputException if a frame is damaged, or the source has fewer frames than asked
   * @throws OutOfMemoryException if the frames do not fit in the Java heap
   * @throws CancelledException if cancelled says so
   */
  public Clip read(FrameRange range, BooleanSupplier cancelled) {
    if (info.audio()) {
      LOG.log(System.Logger.Level.INFO, "{0}: the audio is dropped", info.path());
    }
    List<byte[]> frames = new ArrayList<>();
    int seen =
        info.format().equals("image folder")
            ? readImages(range, cancelled, frames)
            : readVideo(range, cancelled, frames);
    if (seen == 0) {
      throw new InvalidInputException("'" + info.path() + "' has no frames, expected at least one");
    }
    if (frames.isEmpty() || (range.count().isPresent() && !range.isComplete(frames.size()))) {
      throw new InvalidInputException(
          "'"
              + info.path()
              + "' has "
              + seen
              + " frames, which gives "
              + frames.size()
              + (range.count().isPresent() ? " of the " + range.count().getAsInt() : "")
              + " asked for from frame "
              + range.start()
              + " with stride "
              + range.stride());
    }
    return new Clip(info.size(), info.frameRate().everyNth(range.stride()), frames);
  }

  private int readVideo(FrameRange range, BooleanSupplier cancelled, List<byte[]> frames) {
    Path path = info.path();
    int seen = 0;
    try (FfmpegDecoder decoder = FfmpegDecoder.open(path, type)) {
      while (!range.isComplete(frames.size()) && decoder.next()) {
        requireNotCancelled(cancelled);
        if (range.contains(seen)) {
          add(frames, decoder.rgb());
        }
        seen++;
      }
    } catch (FfmpegException e) {
      throw new InvalidInputException(
          "'" + path + "' is damaged at frame " + seen + " (" + e.getMessage() + ")", e);
    }
    return seen;
  }

  private int readImages(FrameRange range, BooleanSupplier cancelled, List<byte[]> frames) {
    for (int i = 0; i < images.size() && !range.isComplete(frames.size()); i++) {
      if (range.contains(i)) {
        requireNotCancelled(cancelled);
        add(frames, readImage(images.get(i)));
      }
    }
    return images.size();
  }

  private byte[] readImage(Path image) {
    try (FfmpegDecoder decoder = FfmpegDecoder.open(image, imageTypeOf(image))) {
      if (!decoder.size().equals(info.size())) {
        throw new InvalidInputException(
            "'"
                + image
                + "' is "
                + decoder.size()
                + ", expected "
                + info.size()
                + " as the folder's first image");
      }
      if (!decoder.next()) {
        throw new FfmpegException("it has no picture");
      }
      return decoder.rgb();
    } catch (IOException e) {
      throw new InvalidInputException("cannot read '" + image + "': " + e, e);
    } catch (FfmpegException e) {
      throw new InvalidInputException("'" + image + "' is damaged (" + e.getMessage() + ")", e);
    }
  }

  private void add(List<byte[]> frames, byte[] frame) {
    long heap = Runtime.getRuntime().maxMemory();
    if ((long) frame.length * (frames.size() + 1) > heap * 3 / 4) {
      throw new OutOfMemoryException(
          "the frames of '"
              + info.path()
              + "' do not fit in the Java heap of "
              + (heap >> 20)
              + " MiB ("
              + frames.size()
              + " of "
              + info.size()
              + " read so far); read fewer frames or raise -Xmx");
    }
    frames.add(frame);
  }

  private void requireNotCancelled(BooleanSupplier cancelled) {
    if (cancelled.getAsBoolean()) {
      throw new CancelledException("reading '" + info.path() + "' was cancelled");
    }
  }
}
