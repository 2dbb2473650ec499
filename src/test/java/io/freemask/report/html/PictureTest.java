package io.freemask.report.html;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freemask.mask.Mask;
import io.freemask.video.FrameSize;
import io.freemask.video.FrameSource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PictureTest {

  @TempDir private Path folder;

  @Test
  void differenceIsAmplifiedAndBounded() {
    Picture one = new Picture(new FrameSize(1, 1), new byte[] {10, (byte) 200, 0});
    Picture two = new Picture(new FrameSize(1, 1), new byte[] {13, 100, 0});
    assertThat(one.difference(two, 4).rgb()).containsExactly(12, (byte) 255, 0);
    assertThat(two.difference(one, 4).rgb()).isEqualTo(one.difference(two, 4).rgb());
  }

  @Test
  void differenceRefusesOtherSizes() {
    Picture one = new Picture(new FrameSize(1, 1), new byte[3]);
    Picture two = new Picture(new FrameSize(2, 1), new byte[6]);
    assertThatThrownBy(() -> one.difference(two, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the other is 2x1, expected 1x1");
  }

  @Test
  void theObjectKeepsItsColorsInsideAnOutlineAndTheRestIsDimmed() {
    byte[] rgb = new byte[5 * 5 * 3];
    for (int i = 0; i < rgb.length; i += 3) {
      rgb[i] = 90;
      rgb[i + 2] = 30;
    }
    float[] values = new float[25];
    for (int y = 1; y < 4; y++) {
      for (int x = 1; x < 4; x++) {
        values[5 * y + x] = 1;
      }
    }
    byte[] shown = new Picture(new FrameSize(5, 5), rgb).under(Mask.of(1, 5, 5, values), 0).rgb();
    assertThat(pixel(shown, 12)).as("the object's middle").containsExactly(90, 0, 30);
    assertThat(pixel(shown, 6)).as("the object's edge").containsExactly((byte) 255, 0, (byte) 200);
    assertThat(pixel(shown, 0)).as("the background: 40 * 0.35").containsExactly(14, 14, 14);
  }

  @Test
  void stackIsReadBackFromTheDataUri() throws Exception {
    Picture top = new Picture(new FrameSize(1, 1), new byte[] {1, 2, 3});
    Picture bottom = new Picture(new FrameSize(1, 1), new byte[] {4, 5, 6});
    String uri = Picture.stack(List.of(top, bottom)).dataUri();
    assertThat(uri).startsWith("data:image/png;base64,");
    Path file = folder.resolve("stack.png");
    Files.write(file, Base64.getDecoder().decode(uri.substring(uri.indexOf(',') + 1)));
    assertThat(FrameSource.open(file).read().frames().get(0)).containsExactly(1, 2, 3, 4, 5, 6);
  }

  @Test
  void shrunkKeepsTheAspect() {
    Picture large = new Picture(new FrameSize(8, 4), new byte[8 * 4 * 3]);
    assertThat(large.shrunk(8).size()).isEqualTo(new FrameSize(4, 2));
    assertThat(large.shrunk(1000)).isEqualTo(large);
  }

  private static byte[] pixel(byte[] rgb, int index) {
    return new byte[] {rgb[3 * index], rgb[3 * index + 1], rgb[3 * index + 2]};
  }
}
