package io.freemask.eval.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.freemask.mask.Mask;
import io.freemask.video.Clip;
import io.freemask.video.FrameRate;
import io.freemask.video.FrameSize;
import java.util.List;
import org.junit.jupiter.api.Test;

class PsnrTest {

  private static Clip clip(int left, int right) {
    byte[] frame = new byte[3 * 2 * 2];
    for (int i = 0; i < frame.length; i++) {
      frame[i] = (byte) (i / 3 % 2 == 0 ? left : right);
    }
    return new Clip(new FrameSize(2, 2), FrameRate.of(1), List.of(frame));
  }

  @Test
  void isThePeakOverTheMeanSquaredError() {
    // Half of the values differ by 10: the mean square is 50.
    assertThat(Psnr.of(clip(200, 20), clip(210, 20)))
        .isCloseTo(10 * Math.log10(255 * 255 / 50.0), within(1e-9));
    assertThat(Psnr.of(clip(200, 20), clip(200, 20))).isInfinite();
  }

  @Test
  void regionsAreApart() {
    Mask left = Mask.of(1, 1, 2, new float[] {1, 0});
    Clip first = clip(200, 20);
    Clip second = clip(255, 21);
    assertThat(Psnr.of(first, second, left, true).orElseThrow())
        .isCloseTo(10 * Math.log10(255 * 255 / (55.0 * 55)), within(1e-9));
    assertThat(Psnr.of(first, second, left, false).orElseThrow())
        .isCloseTo(10 * Math.log10(255 * 255 / 1.0), within(1e-9));
    Mask none = Mask.of(1, 1, 1, new float[] {0});
    assertThat(Psnr.of(first, second, none, true)).isEmpty();
  }

  @Test
  void equalsScikitImage() {
    ExpectedMetrics expected = ExpectedMetrics.load();
    Clip first = expected.clip("first");
    Clip second = expected.clip("second");
    Mask mask = expected.mask("mask");
    assertThat(Psnr.of(first, second)).isCloseTo(expected.number("psnr", "all"), within(1e-9));
    assertThat(Psnr.of(first, second, mask, true).orElseThrow())
        .isCloseTo(expected.number("psnr", "inside"), within(1e-9));
    assertThat(Psnr.of(first, second, mask, false).orElseThrow())
        .isCloseTo(expected.number("psnr", "outside"), within(1e-9));
  }

  @Test
  void refusesWhatDoesNotFit() {
    assertThatThrownBy(() -> Psnr.of(clip(1, 1), FlatClips.of(8, 8, 0)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("1 frames of 8x8, expected 1 of 2x2");
    Mask two = Mask.of(2, 1, 1, new float[2]);
    assertThatThrownBy(() -> Psnr.of(clip(1, 1), clip(1, 1), two, true))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("mask has 2 frames, expected 1");
  }
}
