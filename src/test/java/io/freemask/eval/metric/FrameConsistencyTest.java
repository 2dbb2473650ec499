package io.freemask.eval.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.freemask.video.Clip;
import org.junit.jupiter.api.Test;

class FrameConsistencyTest {

  @Test
  void isTheMeanChangeBetweenFrames() {
    FrameConsistency steps =
        FrameConsistency.of(FlatClips.of(4, 3, 10, 12, 10), FlatClips.of(4, 3, 200, 190, 205));
    assertThat(steps.source()).isEqualTo(2);
    assertThat(steps.edited()).isEqualTo(12.5);
    assertThat(steps.excess()).isEqualTo(10.5);
  }

  @Test
  void equalsNumpy() {
    ExpectedMetrics expected = ExpectedMetrics.load();
    FrameConsistency found = FrameConsistency.of(expected.clip("first"), expected.clip("second"));
    assertThat(found.source()).isCloseTo(expected.number("change", "first"), within(1e-9));
    assertThat(found.edited()).isCloseTo(expected.number("change", "second"), within(1e-9));
  }

  @Test
  void oneFrameHasNoChange() {
    Clip one = FlatClips.of(2, 2, 7);
    assertThatThrownBy(() -> FrameConsistency.of(one, one))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("clips have 1 frame, expected at least 2");
  }
}
