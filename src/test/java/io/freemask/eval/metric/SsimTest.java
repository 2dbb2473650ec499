package io.freemask.eval.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.freemask.mask.Mask;
import io.freemask.video.Clip;
import org.junit.jupiter.api.Test;

class SsimTest {

  private final ExpectedMetrics expected = ExpectedMetrics.load();

  @Test
  void equalsScikitImage() {
    Clip first = expected.clip("first");
    Clip second = expected.clip("second");
    Mask mask = expected.mask("mask");
    assertThat(Ssim.of(first, second)).isCloseTo(expected.number("ssim", "all"), within(1e-9));
    assertThat(Ssim.of(first, second, mask, true).orElseThrow())
        .isCloseTo(expected.number("ssim", "inside"), within(1e-9));
    assertThat(Ssim.of(first, second, mask, false).orElseThrow())
        .isCloseTo(expected.number("ssim", "outside"), within(1e-9));
  }

  @Test
  void flatClipsDifferInLuminanceAlone() {
    // No variance: (2 a b + C1) / (a^2 + b^2 + C1), also where the window is larger than the frame.
    double c1 = 2.55 * 2.55;
    double luminance = (2 * 100 * 150 + c1) / (100 * 100 + 150 * 150 + c1);
    assertThat(Ssim.of(FlatClips.of(3, 2, 100), FlatClips.of(3, 2, 150)))
        .isCloseTo(luminance, within(1e-9));
  }

  @Test
  void equalClipsHaveOne() {
    assertThat(Ssim.of(expected.clip("first"), expected.clip("first"))).isCloseTo(1, within(1e-12));
  }

  @Test
  void emptyRegionHasNone() {
    Mask none = Mask.of(1, 1, 1, new float[] {0});
    assertThat(Ssim.of(FlatClips.of(3, 3, 1), FlatClips.of(3, 3, 1), none, true)).isEmpty();
  }

  @Test
  void refusesClipsThatDoNotFit() {
    assertThatThrownBy(() -> Ssim.of(FlatClips.of(3, 3, 1), FlatClips.of(3, 3, 1, 2)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("2 frames of 3x3, expected 1 of 3x3");
  }
}
