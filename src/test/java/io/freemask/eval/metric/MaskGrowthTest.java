package io.freemask.eval.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freemask.mask.Mask;
import org.junit.jupiter.api.Test;

class MaskGrowthTest {

  @Test
  void growsByASquareInEachFrame() {
    float[] values = new float[2 * 5 * 6];
    values[5 * 6 + 2 * 6 + 4] = 1;
    Mask grown = Mask.of(2, 5, 6, values).grown(1);
    for (int f = 0; f < 2; f++) {
      for (int y = 0; y < 5; y++) {
        for (int x = 0; x < 6; x++) {
          boolean near = f == 1 && Math.abs(y - 2) <= 1 && Math.abs(x - 4) <= 1;
          assertThat(grown.at(f, y, x)).isEqualTo(near ? 1f : 0f);
        }
      }
    }
  }

  @Test
  void equalsScipy() {
    ExpectedMetrics expected = ExpectedMetrics.load();
    assertThat(expected.mask("soft").grown(2)).isEqualTo(expected.mask("dilated"));
  }

  @Test
  void byNothingIsTheMaskAndByMuchIsAll() {
    Mask mask = ExpectedMetrics.load().mask("mask");
    assertThat(mask.grown(0)).isEqualTo(mask);
    assertThat(mask.grown(Integer.MAX_VALUE).coverage()).isEqualTo(1);
  }

  @Test
  void refusesToShrink() {
    assertThatThrownBy(() -> ExpectedMetrics.load().mask("mask").grown(-1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("pixels is -1, expected at least 0");
  }
}
