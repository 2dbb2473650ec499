package io.freemask.video;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Expected bytes are those of Pillow 12's {@code Image.resize(size, BILINEAR)}, or BICUBIC, for the
 * picture whose channel c of pixel (x, y) is (37 x + 91 y + 53 c + 7 x y) mod 256.
 */
class ResizeTest {

  private static Clip picture(int width, int height) {
    return TestClips.paint(
        new FrameSize(width, height),
        2,
        FrameRate.of(8),
        (x, y, f) -> level(x, y, 0) << 16 | level(x, y, 1) << 8 | level(x, y, 2));
  }

  private static int level(int x, int y, int c) {
    return (x * 37 + y * 91 + c * 53 + x * y * 7) % 256;
  }

  @Test
  void shrinksAsPillowDoes() {
    Clip small = Resize.apply(picture(7, 5), new FrameSize(4, 3), Resize.Fit.STRETCH);
    int[] expected = {
      60, 113, 161, 122, 145, 141, 117, 139, 163, 149, 125, 115, //
      145, 137, 113, 117, 126, 134, 130, 138, 147, 151, 127, 119, //
      101, 147, 138, 157, 134, 127, 144, 140, 133, 158, 129, 119
    };
    assertThat(small.frameCount()).isEqualTo(2);
    assertThat(small.frameRate()).isEqualTo(FrameRate.of(8));
    for (byte[] frame : small.frames()) {
      assertThat(frame).containsExactly(expected);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "7, 5, 4, 3, 4087307041",
    "3, 2, 5, 4, 1517055250",
    "6, 4, 6, 2, 1226160292",
    "33, 47, 32, 48, 3532425532",
    "64, 48, 24, 16, 1168591755",
    "40, 30, 96, 72, 1522651855",
  })
  void hasPillowsChecksum(int width, int height, int toWidth, int toHeight, long checksum) {
    Clip clip =
        Resize.apply(picture(width, height), new FrameSize(toWidth, toHeight), Resize.Fit.STRETCH);
    CRC32 crc = new CRC32();
    crc.update(clip.frames().getFirst());
    assertThat(crc.getValue()).isEqualTo(checksum);
  }

  @ParameterizedTest
  @CsvSource({
    "7, 5, 4, 3, 3328923526",
    "3, 2, 5, 4, 247731422",
    "6, 4, 6, 2, 2016452710",
    "33, 47, 32, 48, 766942183",
    "64, 48, 24, 16, 4025105263",
    "40, 30, 96, 72, 3008745510",
  })
  void hasPillowsBicubicChecksum(int width, int height, int toWidth, int toHeight, long checksum) {
    Clip clip =
        Resize.apply(
            picture(width, height),
            new FrameSize(toWidth, toHeight),
            Resize.Fit.STRETCH,
            Resize.Filter.BICUBIC);
    CRC32 crc = new CRC32();
    crc.update(clip.frames().getFirst());
    assertThat(crc.getValue()).isEqualTo(checksum);
  }

  @Test
  void sameSizeIsTheSameClip() {
    Clip clip = picture(8, 8);
    assertThat(Resize.apply(clip, new FrameSize(8, 8), Resize.Fit.CROP)).isSameAs(clip);
  }

  @Test
  void cropKeepsTheAspectAndTheCentre() {
    // Columns of three colours: only the middle one is left of a square cut from 48x16.
    Clip stripes =
        TestClips.paint(
            new FrameSize(48, 16),
            1,
            FrameRate.of(8),
            (x, y, f) -> x < 16 ? 0xff0000 : x < 32 ? 0x00ff00 : 0x0000ff);
    Clip cut = Resize.apply(stripes, new FrameSize(16, 16), Resize.Fit.CROP);
    for (int x = 0; x < 16; x++) {
      assertThat(TestClips.color(cut, 0, x, 8)).isEqualTo(0x00ff00);
    }
    Clip stretched = Resize.apply(stripes, new FrameSize(16, 16), Resize.Fit.STRETCH);
    assertThat(TestClips.color(stretched, 0, 2, 8)).isEqualTo(0xff0000);
    assertThat(TestClips.color(stretched, 0, 13, 8)).isEqualTo(0x0000ff);
  }

  @Test
  void cropOfATallPictureKeepsItsMiddleRows() {
    byte[] row = new byte[3 * 8];
    Clip tall =
        TestClips.paint(
            new FrameSize(16, 64), 1, FrameRate.of(8), (x, y, f) -> y / 16 == 1 ? 0xffffff : 0);
    Clip cut = Resize.apply(tall, new FrameSize(8, 8), Resize.Fit.CROP);
    // 32 rows after scaling, of which 12 to 19 stay: rows 8 to 15 are white, 16 and on black.
    assertThat(TestClips.color(cut, 0, 4, 1)).isEqualTo(0xffffff);
    assertThat(Arrays.copyOfRange(cut.frames().getFirst(), 6 * 24, 7 * 24)).containsExactly(row);
  }
}
