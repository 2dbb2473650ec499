package io.freemask.video;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freemask.InvalidInputException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FrameSinkTest {

  private static final FrameSize SIZE = new FrameSize(64, 48);

  @TempDir Path directory;

  /** Even, odd and single-frame clips; what is lossless comes back as it was. */
  @ParameterizedTest
  @CsvSource({
    "clip.mp4, 64, 48, 9, 8, 40",
    "clip.mp4, 33, 47, 5, 8, 40",
    "clip.mp4, 128, 16, 1, 30, 40",
    "clip.webm, 64, 48, 9, 8, 40",
    "clip.webm, 33, 47, 5, 8, 40",
    "clip.webm, 8, 8, 1, 30, 35",
    "clip.gif, 64, 48, 9, 8, Infinity",
    "clip.gif, 33, 47, 5, 20, Infinity",
    "clip.gif, 8, 8, 1, 10, Infinity",
    "clip, 64, 48, 9, 10, Infinity",
    "clip, 33, 47, 1, 10, Infinity",
  })
  void comesBack(String name, int width, int height, int frames, int rate, double psnr) {
    FrameSize size = new FrameSize(width, height);
    Clip clip = TestClips.gradient(size, frames, FrameRate.of(rate));
    Path file = directory.resolve(name);
    FrameSink.write(file, clip, false);

    FrameSource source = FrameSource.open(file);
    assertThat(source.info().size()).isEqualTo(size);
    assertThat(source.info().audio()).isFalse();
    if (!name.endsWith(".webm")) {
      assertThat(source.info().frameCount()).isEqualTo(OptionalLong.of(frames));
    }
    Clip read = source.read();
    assertThat(read.size()).isEqualTo(size);
    assertThat(read.frameCount()).isEqualTo(frames);
    assertThat(read.frameRate()).isEqualTo(FrameRate.of(rate));
    assertThat(TestClips.psnr(clip, read)).isGreaterThanOrEqualTo(psnr);
    assertThat(names()).containsExactly(name);
  }

  @ParameterizedTest
  @ValueSource(strings = {"clip.mp4", "clip.webm", "clip.gif"})
  void flatColoursSurvive(String name) {
    for (int color : new int[] {0xdc283c, 0x285ac8, 0x20c040, 0xfadc14, 0x000000, 0xffffff}) {
      Clip clip = TestClips.flat(SIZE, 4, FrameRate.of(8), color);
      FrameSink.write(directory.resolve(name), clip, true);
      assertThat(TestClips.psnr(clip, FrameSource.open(directory.resolve(name)).read()))
          .as("%06x", color)
          .isGreaterThan(40);
    }
  }

  /** Sharp edges between saturated colours: webm keeps them, mp4 has half the colour resolution. */
  @ParameterizedTest
  @CsvSource({"clip.webm, 40", "clip.gif, Infinity", "clip, Infinity", "clip.mp4, 22"})
  void colouredEdges(String name, double psnr) {
    Clip clip = TestClips.disc(SIZE, 8, FrameRate.of(8));
    FrameSink.write(directory.resolve(name), clip, false);
    assertThat(TestClips.psnr(clip, FrameSource.open(directory.resolve(name)).read()))
        .isGreaterThanOrEqualTo(psnr);
  }

  /** From 720 lines on the colour matrix is another one; both ends have to agree. */
  @ParameterizedTest
  @ValueSource(strings = {"clip.mp4", "clip.webm"})
  void highDefinitionKeepsItsColours(String name) {
    Clip clip = TestClips.flat(new FrameSize(64, 720), 2, FrameRate.of(8), 0x20c040);
    FrameSink.write(directory.resolve(name), clip, false);
    assertThat(TestClips.psnr(clip, FrameSource.open(directory.resolve(name)).read()))
        .isGreaterThan(40);
  }

  @ParameterizedTest
  @CsvSource({
    "clip.mp4, 24000, 1001",
    "clip.mp4, 30000, 1001",
    "clip.mp4, 7, 2",
    "clip.webm, 24000, 1001",
    "clip.webm, 60, 1",
    "clip.gif, 25, 1",
    "clip.gif, 24, 1",
    "clip.gif, 100, 3",
    "clip.gif, 15, 2",
  })
  void frameRateIsKept(String name, int numerator, int denominator) {
    FrameRate rate = new FrameRate(numerator, denominator);
    FrameSink.write(directory.resolve(name), TestClips.gradient(SIZE, 12, rate), false);
    assertThat(FrameSource.open(directory.resolve(name)).info().frameRate()).isEqualTo(rate);
  }

  /** 24 frames a second are 4 or 5 hundredths each; the clip as a whole lasts a second. */
  @Test
  void gifRoundsTheWholeAndNotEachFrame() throws IOException {
    Path file = directory.resolve("clip.gif");
    FrameSink.write(file, TestClips.disc(SIZE, 24, FrameRate.of(24)), false);
    assertThat(GifTiming.read(file)).isEqualTo(new GifTiming(24, 100, false));
    assertThat(FrameSource.open(file).info().frameRate().value()).isEqualTo(24);
  }

  /** 49152 pixels of as many colours; the web palette of 216 gives 20 dB. */
  @Test
  void gifOfManyColoursHasAGoodPalette() {
    Clip clip =
        TestClips.paint(
            new FrameSize(128, 96),
            4,
            FrameRate.of(8),
            (x, y, f) -> (x * 2) << 16 | (y * 2 + 20) << 8 | (128 + 10 * f));
    FrameSink.write(directory.resolve("clip.gif"), clip, false);
    assertThat(TestClips.psnr(clip, FrameSource.open(directory.resolve("clip.gif")).read()))
        .isGreaterThan(27);
  }

  @Test
  void fastGifIsRefused() {
    assertThatThrownBy(
            () -> FrameSink.open(directory.resolve("clip.gif"), SIZE, FrameRate.of(60), false))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("at most 50");
    assertThat(names()).isEmpty();
  }

  @Test
  void mp4IsH264AndSaysItsOddSize() throws IOException {
    Path file = directory.resolve("clip.mp4");
    Clip clip = TestClips.gradient(new FrameSize(33, 47), 2, FrameRate.of(8));
    try (FrameSink sink = FrameSink.open(file, clip.size(), clip.frameRate(), false)) {
      assertThat(sink.size()).isEqualTo(new FrameSize(33, 47));
      assertThat(sink.storedSize()).isEqualTo(new FrameSize(34, 48));
      clip.frames().forEach(sink::write);
      sink.finish();
    }
    String bytes = Files.readString(file, StandardCharsets.ISO_8859_1);
    assertThat(bytes).contains("avc1").contains("clap");
    assertThat(bytes.indexOf("moov")).isLessThan(bytes.indexOf("mdat"));
  }

  @Test
  void webmIsVp9() throws IOException {
    Path file = directory.resolve("clip.webm");
    FrameSink.write(file, TestClips.gradient(SIZE, 2, FrameRate.of(8)), false);
    assertThat(Files.readString(file, StandardCharsets.ISO_8859_1)).contains("V_VP9");
  }

  @Test
  void sizeThatH264CannotHoldIsRefused() {
    assertThatThrownBy(
            () ->
                FrameSink.open(
                    directory.resolve("clip.mp4"), new FrameSize(8, 64), FrameRate.of(8), false))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("8x64")
        .hasMessageContaining("16x16");
    assertThat(names()).isEmpty();
  }

  @Test
  void framesHaveNumberedNames() {
    FrameSink.write(directory.resolve("frames"), TestClips.disc(SIZE, 3, FrameRate.of(8)), false);
    assertThat(names("frames")).containsExactly("00000.png", "00001.png", "00002.png");
  }

  @ParameterizedTest
  @ValueSource(strings = {"clip.mp4", "clip.webm", "clip.gif", "clip"})
  void existingOutputIsRefusedUnlessOverwritten(String name) {
    Path file = directory.resolve(name);
    Clip first = TestClips.flat(SIZE, 3, FrameRate.of(10), 0x404040);
    Clip second = TestClips.flat(SIZE, 2, FrameRate.of(10), 0xc0c0c0);
    FrameSink.write(file, first, false);
    assertThatThrownBy(() -> FrameSink.write(file, second, false))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("exists")
        .hasMessageContaining(name);
    assertThat(TestClips.psnr(first, FrameSource.open(file).read())).isGreaterThan(40);

    FrameSink.write(file, second, true);
    Clip read = FrameSource.open(file).read();
    assertThat(read.frameCount()).isEqualTo(2);
    assertThat(TestClips.psnr(second, read)).isGreaterThan(40);
    assertThat(names()).containsExactly(name);
  }

  @ParameterizedTest
  @ValueSource(strings = {"clip.mp4", "clip.webm", "clip.gif", "clip"})
  void unfinishedOutputLeavesNothing(String name) {
    Path file = directory.resolve(name);
    Clip clip = TestClips.disc(SIZE, 3, FrameRate.of(8));
    try (FrameSink sink = FrameSink.open(file, SIZE, clip.frameRate(), false)) {
      clip.frames().forEach(sink::write);
      assertThat(file).doesNotExist();
    }
    assertThat(names()).isEmpty();
  }

  @Test
  void unfinishedOverwriteKeepsWhatWasThere() {
    Path file = directory.resolve("clip.mp4");
    Clip clip = TestClips.flat(SIZE, 3, FrameRate.of(8), 0x404040);
    FrameSink.write(file, clip, false);
    try (FrameSink sink = FrameSink.open(file, SIZE, clip.frameRate(), true)) {
      sink.write(clip.frames().getFirst());
    }
    assertThat(FrameSource.open(file).read().frameCount()).isEqualTo(3);
    assertThat(names()).containsExactly("clip.mp4");
  }

  @Test
  void outputThatCameToExistMeanwhileIsKept() throws IOException {
    Path file = directory.resolve("clip.gif");
    Clip clip = TestClips.disc(SIZE, 3, FrameRate.of(8));
    try (FrameSink sink = FrameSink.open(file, SIZE, clip.frameRate(), false)) {
      clip.frames().forEach(sink::write);
      Files.writeString(file, "mine");
      assertThatThrownBy(sink::finish)
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("clip.gif");
    }
    assertThat(file).hasContent("mine");
    assertThat(names()).containsExactly("clip.gif");
  }

  @Test
  void folderThatHoldsOtherFilesIsNeverOverwritten() throws IOException {
    Path folder = Files.createDirectory(directory.resolve("pictures"));
    Files.writeString(folder.resolve("holiday.jpg"), "mine");
    assertThatThrownBy(
            () -> FrameSink.write(folder, TestClips.disc(SIZE, 2, FrameRate.of(8)), true))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("holiday.jpg");
    assertThat(names("pictures")).containsExactly("holiday.jpg");
    assertThat(names()).containsExactly("pictures");
  }

  @Test
  void emptyFolderIsFilled() throws IOException {
    Files.createDirectory(directory.resolve("frames"));
    FrameSink.write(directory.resolve("frames"), TestClips.disc(SIZE, 1, FrameRate.of(8)), false);
    assertThat(names("frames")).containsExactly("00000.png");
  }

  @Test
  void missingFolderAndUnknownExtensionAreNamed() {
    assertThatThrownBy(
            () -> FrameSink.open(directory.resolve("no/clip.mp4"), SIZE, FrameRate.of(8), false))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("does not exist");
    assertThatThrownBy(
            () -> FrameSink.open(directory.resolve("clip.xyz"), SIZE, FrameRate.of(8), false))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining(".xyz");
  }

  @Test
  void misuseIsAnError() {
    Clip clip = TestClips.disc(SIZE, 1, FrameRate.of(8));
    FrameSink sink = FrameSink.open(directory.resolve("clip.mp4"), SIZE, clip.frameRate(), false);
    assertThatThrownBy(() -> sink.write(new byte[5]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("5 bytes, expected 9216");
    assertThatThrownBy(sink::finish).isInstanceOf(IllegalStateException.class);
    sink.close();
    sink.close();
    assertThatThrownBy(() -> sink.write(clip.frames().getFirst()))
        .isInstanceOf(IllegalStateException.class);
    assertThat(names()).isEmpty();
  }

  private List<String> names() {
    return names("");
  }

  private List<String> names(String folder) {
    try (Stream<Path> files = Files.list(directory.resolve(folder))) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
