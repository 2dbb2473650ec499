package io.freemask.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freemask.video.Clip;
import io.freemask.video.FrameRate;
import io.freemask.video.FrameSize;
import java.util.List;
import org.junit.jupiter.api.Test;

class SideBySideTest {

  private static Clip clip(int width, int height, int first) {
    byte[] frame = new byte[3 * width * height];
    for (int i = 0; i < frame.length; i++) {
      frame[i] = (byte) (first + i);
    }
    return new Clip(new FrameSize(width, height), FrameRate.of(5), List.of(frame));
  }

  @Test
  void joinsEachRow() {
    Clip joined = SideBySide.of(clip(1, 2, 0), clip(1, 2, 100));
    assertThat(joined.size()).isEqualTo(new FrameSize(2, 2));
    assertThat(joined.frameRate()).isEqualTo(FrameRate.of(5));
    assertThat(joined.frames())
        .containsExactly(new byte[] {0, 1, 2, 100, 101, 102, 3, 4, 5, 103, 104, 105});
  }

  @Test
  void refusesOtherSizes() {
    assertThatThrownBy(() -> SideBySide.of(clip(1, 2, 0), clip(2, 1, 0)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("2x1");
  }
}
