package io.freemask.eval.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.freemask.video.Clip;
import org.junit.jupiter.api.Test;

class WarpErrorTest {

  private final Clip source = MovingTexture.of(4, 96, 80, 3, 2, 1, 0);

  @Test
  void motionThatIsFollowedCostsLittle() {
    WarpError error = WarpError.of(source, source).orElseThrow();
    assertThat(error.edited()).isEqualTo(error.source());
    assertThat(error.source()).isLessThan(1.5);
    assertThat(error.counted()).isBetween(0.8, 1.0);
    // Without the motion the frames differ by much more.
    assertThat(FrameConsistency.of(source, source).source()).isGreaterThan(20);
  }

  @Test
  void flickerIsItsHeight() {
    // Every second frame of the edit is 10 levels brighter: each pair differs by 10 once aligned.
    Clip flickering = MovingTexture.of(4, 96, 80, 3, 2, 1, 10);
    assertThat(WarpError.of(source, flickering).orElseThrow().edited()).isCloseTo(10, within(0.25));
  }

  @Test
  void contrastOfTheEditScalesItsError() {
    Clip pale = MovingTexture.of(4, 96, 80, 3, 2, 0.5, 0);
    WarpError error = WarpError.of(source, pale).orElseThrow();
    assertThat(error.edited()).isCloseTo(error.source() / 2, within(0.15));
  }

  @Test
  void motionThatIsLostCostsTheDifference() {
    Clip still = MovingTexture.of(4, 96, 80, 0, 0, 1, 0);
    assertThat(WarpError.of(source, still).orElseThrow().excess()).isGreaterThan(20);
  }

  @Test
  void occludedPixelsDoNotCount() {
    // 6 of 96 columns leave the frame each time.
    Clip fast = MovingTexture.of(3, 96, 80, 6, 0, 1, 0);
    WarpError error = WarpError.of(fast, fast).orElseThrow();
    assertThat(error.counted()).isLessThan(1 - 6 / 96.0 + 0.01);
    assertThat(error.source()).isLessThan(2);
  }

  @Test
  void measuresTheSmallestFrames() {
    Clip small = MovingTexture.of(2, WarpError.MIN_SIDE, WarpError.MIN_SIDE, 1, 0, 1, 0);
    assertThat(WarpError.of(small, small).orElseThrow().source()).isLessThan(3);
  }

  @Test
  void refusesWhatHasNoFlow() {
    Clip one = FlatClips.of(40, 40, 7);
    assertThatThrownBy(() -> WarpError.of(one, one))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("clips have 1 frame, expected at least 2");
    Clip narrow = FlatClips.of(31, 40, 7, 7);
    assertThatThrownBy(() -> WarpError.of(narrow, narrow))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("frames are 31x40, expected at least 32x32");
  }
}
