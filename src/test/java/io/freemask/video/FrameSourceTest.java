package io.freemask.video;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freemask.CancelledException;
import io.freemask.InvalidInputException;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FrameSourceTest {

  private static final FrameSize SIZE = new FrameSize(64, 48);

  @TempDir Path directory;

  // Each frame of this clip has its own grey level, so that a frame can be told by its colour.
  private Clip levels(int frames) {
    return TestClips.paint(SIZE, frames, FrameRate.of(12), (x, y, f) -> 0x0a0a0a * (f + 1));
  }

  private Path written(String name, Clip clip) {
    Path file = directory.resolve(name);
    FrameSink.write(file, clip, false);
    return file;
  }

  @ParameterizedTest
  @ValueSource(strings = {"clip.mp4", "clip.webm", "clip.gif", "clip"})
  void rangeTakesEveryNthFrame(String name) {
    FrameSource source = FrameSource.open(written(name, levels(12)));
    Clip clip = source.read(FrameRange.of(2, 3, 4));
    assertThat(clip.frameCount()).isEqualTo(3);
    for (int i = 0; i < 3; i++) {
      assertThat(TestClips.color(clip, i, 20, 20) & 0xff).isCloseTo(10 * (3 + 4 * i), offset(2));
    }
    assertThat(clip.frameRate()).isEqualTo(source.info().frameRate().everyNth(4));
    assertThat(source.read(new FrameRange(9, OptionalInt.empty(), 2)).frameCount()).isEqualTo(2);
  }

  private static Offset<Integer> offset(int value) {
    return Offset.offset(value);
  }

  @ParameterizedTest
  @ValueSource(strings = {"clip.mp4", "clip.webm", "clip.gif", "clip"})
  void tooFewFramesIsAnErrorWithTheNumbers(String name) {
    FrameSource source = FrameSource.open(written(name, levels(6)));
    assertThatThrownBy(() -> source.read(FrameRange.of(1, 4, 2)))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("has 6 frames")
        .hasMessageContaining("3 of the 4");
    assertThatThrownBy(() -> source.read(new FrameRange(6, OptionalInt.empty(), 1)))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("from frame 6");
  }

  @Test
  void cancelStops() {
    FrameSource source = FrameSource.open(written("clip.mp4", levels(6)));
    AtomicInteger asked = new AtomicInteger();
    assertThatThrownBy(() -> source.read(FrameRange.ALL, () -> asked.incrementAndGet() == 3))
        .isInstanceOf(CancelledException.class);
    assertThat(asked).hasValue(3);
  }

  @Test
  void audioIsReportedAndLeftOut() throws FfmpegException {
    Path file = directory.resolve("clip.mov");
    Clip clip = TestClips.disc(SIZE, 4, FrameRate.of(6));
    MovWithAudio.write(file, clip, FfmpegEncoder.rational(1, 1));
    FrameSource source = FrameSource.open(file);
    assertThat(source.info().audio()).isTrue();
    Clip read = source.read();
    assertThat(read.frameCount()).isEqualTo(4);
    assertThat(read.frameRate()).isEqualTo(FrameRate.of(6));
    assertThat(TestClips.psnr(clip, read)).isInfinite();
  }

  @Test
  void pixelsAreMadeSquare() throws FfmpegException {
    Path file = directory.resolve("wide.mov");
    Clip clip = TestClips.flat(SIZE, 2, FrameRate.of(6), 0x336699);
    MovWithAudio.write(file, clip, FfmpegEncoder.rational(4, 3));
    FrameSource source = FrameSource.open(file);
    assertThat(source.info().size()).isEqualTo(new FrameSize(85, 48));
    assertThat(TestClips.color(source.read(), 1, 80, 40)).isEqualTo(0x336699);
  }

  /** A telephone's video: stored lying, with a matrix that stands it up (in the box tkhd). */
  @ParameterizedTest
  @CsvSource({
    "90, 0 1 -1 0, 48, 64, 24, 10",
    "180, -1 0 0 -1, 64, 48, 53, 24",
    "270, 0 -1 1 0, 48, 64, 24, 53",
  })
  void turnedVideoIsUpright(int degrees, String matrix, int width, int height, int discX, int discY)
      throws IOException {
    // The disc is at the left of the stored picture.
    Clip clip = TestClips.disc(SIZE, 1, FrameRate.of(8));
    Path file = written("clip.mp4", clip);
    byte[] bytes = Files.readAllBytes(file);
    int header = new String(bytes, StandardCharsets.ISO_8859_1).indexOf("tkhd") - 4;
    int[] m = Arrays.stream(matrix.split(" ")).mapToInt(Integer::parseInt).toArray();
    ByteBuffer.wrap(bytes)
        .position(header + 48)
        .putInt(m[0] << 16)
        .putInt(m[1] << 16)
        .putInt(0)
        .putInt(m[2] << 16)
        .putInt(m[3] << 16);
    Files.write(file, bytes);

    FrameSource source = FrameSource.open(file);
    assertThat(source.info().size()).isEqualTo(new FrameSize(width, height));
    int color = TestClips.color(source.read(), 0, discX, discY);
    assertThat(color >> 16).as("red at the disc, turned by %d", degrees).isGreaterThan(180);
    assertThat(color & 0xff).isLessThan(100);
  }

  @Test
  void folderIsInNaturalOrderAndOtherFilesAreIgnored() throws IOException {
    Path folder = Files.createDirectory(directory.resolve("frames"));
    Clip clip = levels(3);
    String[] names = {"frame2.png", "frame10.PNG", "frame011.png"};
    for (int i = 0; i < 3; i++) {
      Files.write(folder.resolve(names[i]), png(clip.frames().get(i)));
    }
    Files.writeString(folder.resolve("notes.txt"), "ignored");
    Files.createDirectory(folder.resolve("folder.png"));
    Clip read = FrameSource.open(folder).read();
    assertThat(TestClips.psnr(clip, read)).isInfinite();
    assertThat(read.frameRate()).isEqualTo(FrameSource.IMAGE_FRAME_RATE);
  }

  @Test
  void singleImageIsAClipOfOneFrame() throws IOException {
    Path file = directory.resolve("picture");
    Files.write(file, png(levels(1).frames().getFirst()));
    FrameSource source = FrameSource.open(file);
    assertThat(source.info().format()).isEqualTo("png");
    assertThat(source.read().frameCount()).isEqualTo(1);
  }

  @Test
  void transparentIsBlack() throws IOException {
    // Red at full, half and no opacity.
    byte[] rows = {
      0, (byte) 200, 0, 0, (byte) 255, (byte) 200, 0, 0, (byte) 128, (byte) 200, 0, 0, 0
    };
    Files.write(directory.resolve("alpha.png"), pngFile(3, 1, 8, 6, rows));
    Clip clip = FrameSource.open(directory.resolve("alpha.png")).read();
    assertThat(TestClips.color(clip, 0, 0, 0)).isEqualTo(0xc80000);
    assertThat(TestClips.color(clip, 0, 1, 0)).isEqualTo(0x640000);
    assertThat(TestClips.color(clip, 0, 2, 0)).isEqualTo(0);
  }

  @Test
  void imagesOfAnotherSizeAreNamed() throws IOException {
    Path folder = Files.createDirectory(directory.resolve("frames"));
    Files.write(folder.resolve("1.png"), png(levels(1).frames().getFirst()));
    Files.write(folder.resolve("2.png"), pngFile(2, 1, 8, 0, new byte[] {0, 1, 2}));
    FrameSource source = FrameSource.open(folder);
    assertThatThrownBy(source::read)
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("2.png' is 2x1, expected 64x48");
  }

  @Test
  void missingAndEmptyInputsAreNamed() throws IOException {
    assertRefused(directory.resolve("none.mp4"), "does not exist");
    assertRefused(Files.createFile(directory.resolve("zero.mp4")), "is empty");
    assertRefused(Files.createDirectory(directory.resolve("folder")), "has no images");
    assertRefused(
        Files.writeString(directory.resolve("text.mp4"), "not a video at all, only text"),
        "is not a clip");
    Path folder = Files.createDirectory(directory.resolve("frames"));
    Files.writeString(folder.resolve("1.png"), "text");
    assertRefused(folder, "1.png");
  }

  @Test
  void listsThatOpenOtherFilesAreNoClips() throws IOException {
    Path secret = written("secret.mp4", levels(1));
    assertRefused(
        Files.writeString(
            directory.resolve("list.mp4"), "ffconcat version 1.0\nfile " + secret + "\n"),
        "is not a clip");
    assertRefused(
        Files.writeString(directory.resolve("list.m3u8"), "#EXTM3U\n#EXTINF:1,\n" + secret + "\n"),
        "is not a clip");
  }

  /** Cut anywhere, a file is refused when it is opened or read, and never gives fewer frames. */
  @ParameterizedTest
  @ValueSource(strings = {"clip.mp4", "clip.webm", "clip.gif", "image.png"})
  void truncatedFileIsRefused(String name) throws IOException {
    byte[] whole;
    if (name.endsWith(".png")) {
      whole = png(TestClips.disc(SIZE, 1, FrameRate.of(8)).frames().getFirst());
    } else {
      whole =
          Files.readAllBytes(written("whole-" + name, TestClips.disc(SIZE, 8, FrameRate.of(8))));
    }
    Path file = directory.resolve(name);
    for (int length = 1; length < whole.length; length += Math.max(1, whole.length / 60)) {
      Files.write(file, Arrays.copyOf(whole, length));
      assertRefused(file, name);
    }
    Files.write(file, Arrays.copyOf(whole, whole.length - 1));
    assertRefused(file, name);
  }

  /**
   * One wrong bit is refused or changes the picture; it never ends the process. WebM is read past
   * damage in its structure, which may lose frames; GIF has nothing to tell damage by.
   */
  @ParameterizedTest
  @CsvSource({"clip.mp4, 5, 8", "clip.webm, 5, 1", "clip.gif, 1, 8", "image.png, 180, 1"})
  void damagedFileIsRefusedOrRead(String name, int leastRefused, int leastFrames)
      throws IOException {
    byte[] whole;
    if (name.endsWith(".png")) {
      whole = png(TestClips.disc(SIZE, 1, FrameRate.of(8)).frames().getFirst());
    } else {
      whole =
          Files.readAllBytes(written("whole-" + name, TestClips.disc(SIZE, 8, FrameRate.of(8))));
    }
    Path file = directory.resolve(name);
    Random random = new Random(7);
    int refused = 0;
    for (int i = 0; i < 200; i++) {
      byte[] damaged = whole.clone();
      // Behind the first 100 bytes most of each file is pictures.
      int at = Math.min(100, whole.length / 4);
      damaged[at + random.nextInt(whole.length - at)] ^= (byte) (1 << random.nextInt(8));
      Files.write(file, damaged);
      try {
        assertThat(FrameSource.open(file).read().frameCount()).isBetween(leastFrames, 8);
      } catch (InvalidInputException e) {
        assertThat(e).hasMessageContaining(name).message().doesNotContain("\n");
        refused++;
      }
    }
    assertThat(refused).isGreaterThanOrEqualTo(leastRefused);
  }

  @Test
  void damagedPictureIsNamedWithItsFrame() throws IOException {
    Path file = written("clip.mp4", TestClips.disc(SIZE, 8, FrameRate.of(8)));
    byte[] bytes = Files.readAllBytes(file);
    int data = new String(bytes, StandardCharsets.ISO_8859_1).indexOf("mdat") + 4;
    Arrays.fill(bytes, data + (bytes.length - data) / 2, bytes.length, (byte) 0x5a);
    Files.write(file, bytes);
    FrameSource source = FrameSource.open(file);
    assertThatThrownBy(source::read)
        .isInstanceOf(InvalidInputException.class)
        .hasMessageMatching(".*clip\\.mp4' is damaged at frame [0-7] .*");
  }

  @Test
  void versionIsKnown() {
    assertThat(FrameSource.ffmpegVersion()).matches("libavcodec \\d+\\.\\d+\\.\\d+");
  }

  @Test
  void wrongRangesAreRefused() {
    assertThatThrownBy(() -> FrameRange.of(-1, 1, 1)).isInstanceOf(InvalidInputException.class);
    assertThatThrownBy(() -> FrameRange.of(0, 0, 1)).isInstanceOf(InvalidInputException.class);
    assertThatThrownBy(() -> FrameRange.of(0, 1, 0)).isInstanceOf(InvalidInputException.class);
  }

  private static void assertRefused(Path file, String message) {
    assertThatThrownBy(() -> FrameSource.open(file).read())
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining(message)
        .message()
        .doesNotContain("\n");
  }

  private static byte[] png(byte[] rgb) {
    try {
      FfmpegRuntime.require();
      return FfmpegPng.encode(rgb, SIZE);
    } catch (FfmpegException e) {
      throw new AssertionError(e);
    }
  }

  /** Makes a PNG by hand: colour type 0 is grey, 6 is RGBA; each row starts with a filter byte. */
  static byte[] pngFile(int width, int height, int bits, int colorType, byte[] rows)
      throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(HexFormat.of().parseHex("89504e470d0a1a0a"));
    ByteBuffer header = ByteBuffer.allocate(13).putInt(width).putInt(height);
    chunk(out, "IHDR", header.put((byte) bits).put((byte) colorType).array());
    Deflater deflater = new Deflater();
    deflater.setInput(rows);
    deflater.finish();
    byte[] packed = new byte[rows.length + 64];
    chunk(out, "IDAT", Arrays.copyOf(packed, deflater.deflate(packed)));
    deflater.end();
    chunk(out, "IEND", new byte[0]);
    return out.toByteArray();
  }

  private static void chunk(ByteArrayOutputStream out, String type, byte[] data)
      throws IOException {
    byte[] name = type.getBytes(StandardCharsets.ISO_8859_1);
    CRC32 checksum = new CRC32();
    checksum.update(name);
    checksum.update(data);
    DataOutputStream stream = new DataOutputStream(out);
    stream.writeInt(data.length);
    stream.write(name);
    stream.write(data);
    stream.writeInt((int) checksum.getValue());
  }
}
