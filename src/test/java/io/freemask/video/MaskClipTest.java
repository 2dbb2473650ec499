package io.freemask.video;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MaskClipTest {

  @TempDir Path directory;

  @Test
  void readsGreyAndOneBitImages() throws IOException {
    // A row each: the filter byte, then 0, 128, 255 as grey; then 0, 1, 1 as single bits.
    Files.write(
        directory.resolve("1.png"),
        FrameSourceTest.pngFile(3, 1, 8, 0, new byte[] {0, 0, (byte) 128, (byte) 255}));
    Files.write(
        directory.resolve("2.png"),
        FrameSourceTest.pngFile(3, 1, 1, 0, new byte[] {0, (byte) 0b01100000}));
    MaskClip masks = MaskClip.read(directory, FrameRange.ALL);
    assertThat(masks.size()).isEqualTo(new FrameSize(3, 1));
    assertThat(masks.frames()).isEqualTo(2);
    assertThat(masks.values())
        .containsExactly(new float[] {0, 128 / 255f, 1, 0, 1, 1}, within(1e-6f));
  }

  @Test
  void coloursCountByTheirLargestChannel() {
    Clip clip =
        TestClips.paint(
            new FrameSize(2, 1), 1, FrameRate.of(8), (x, y, f) -> x == 0 ? 0x800000 : 0x001020);
    assertThat(MaskClip.of(clip).values())
        .containsExactly(new float[] {128 / 255f, 32 / 255f}, within(1e-6f));
  }

  @Test
  void readsVideo() {
    Clip clip =
        TestClips.paint(
            new FrameSize(64, 32), 3, FrameRate.of(8), (x, y, f) -> x < 32 ? 0xffffff : 0);
    FrameSink.write(directory.resolve("mask.mp4"), clip, false);
    MaskClip masks = MaskClip.read(directory.resolve("mask.mp4"), FrameRange.of(1, 2, 1));
    assertThat(masks.frames()).isEqualTo(2);
    assertThat(masks.values()[16 * 64 + 8]).isGreaterThan(.98f);
    assertThat(masks.values()[16 * 64 + 56]).isLessThan(.02f);
  }

  @Test
  void valuesAreCounted() {
    assertThatThrownBy(() -> new MaskClip(new FrameSize(2, 2), 2, new float[7]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("7 values");
  }
}
