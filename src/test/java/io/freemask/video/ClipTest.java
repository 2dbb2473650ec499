package io.freemask.video;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class ClipTest {

  private static final FrameSize SIZE = new FrameSize(2, 1);
  private static final FrameRate RATE = FrameRate.of(8);

  @Test
  void planesAreFrameChannelRowColumn() {
    Clip clip =
        new Clip(
            SIZE,
            RATE,
            List.of(new byte[] {0, 51, 102, (byte) 153, (byte) 204, (byte) 255}, new byte[6]));
    assertThat(clip.toPlanes())
        .containsExactly(
            new float[] {-1, .2f, -.6f, .6f, -.2f, 1, -1, -1, -1, -1, -1, -1}, within(1e-6f));
  }

  @Test
  void everyLevelComesBack() {
    Clip clip =
        TestClips.paint(new FrameSize(256, 1), 2, RATE, (x, y, f) -> x << 16 | (255 - x) << 8 | x);
    Clip back = Clip.ofPlanes(clip.size(), RATE, clip.toPlanes());
    assertThat(TestClips.psnr(clip, back)).isInfinite();
  }

  @Test
  void planesAreClampedAndRounded() {
    Clip clip = Clip.ofPlanes(SIZE, RATE, new float[] {-3, 3, -1 + 1.4f / 127.5f, 0, .5f, -.5f});
    assertThat(clip.frames().getFirst())
        .containsExactly(0, 1, (byte) 191, (byte) 255, (byte) 128, 64);
  }

  @Test
  void framesAreChecked() {
    assertThatThrownBy(() -> new Clip(SIZE, RATE, List.of()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Clip(SIZE, RATE, List.of(new byte[6], new byte[5])))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("frame 1 has 5 bytes, expected 6 for 2x1");
    assertThatThrownBy(() -> Clip.ofPlanes(SIZE, RATE, new float[7]))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
