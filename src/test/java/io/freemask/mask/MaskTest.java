package io.freemask.mask;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freemask.InvalidInputException;
import org.junit.jupiter.api.Test;

class MaskTest {

  @Test
  void refusesValuesOutsideOfZeroToOneAndNamesThePixel() {
    for (float bad : new float[] {-0.1f, 1.5f, Float.NaN}) {
      float[] values = new float[2 * 2 * 3];
      values[6 + 5] = bad;
      assertThatThrownBy(() -> Mask.of(2, 2, 3, values))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining(String.valueOf(bad))
          .hasMessageContaining("frame 1, row 1, column 2");
    }
  }

  @Test
  void refusesAWrongNumberOfValues() {
    assertThatThrownBy(() -> Mask.of(1, 2, 2, new float[3]))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("3 values, expected 4");
    assertThatThrownBy(() -> Mask.of(0, 2, 2, new float[0]))
        .isInstanceOf(InvalidInputException.class);
  }

  @Test
  void keepsItsOwnValues() {
    float[] values = {0, 1, 0.5f, 0};
    Mask mask = Mask.of(1, 2, 2, values);
    values[0] = 1;
    mask.values()[1] = 0;
    assertThat(mask.values()).containsExactly(0, 1, 0.5f, 0);
    assertThat(mask.at(0, 1, 0)).isEqualTo(0.5f);
    assertThat(mask.coverage()).isEqualTo(0.375);
  }

  @Test
  void unionTakesTheLargerValue() {
    Mask first = Mask.of(1, 1, 3, new float[] {0, 1, 0.25f});
    Mask second = Mask.of(1, 1, 3, new float[] {0, 0.5f, 0.75f});
    assertThat(first.union(second)).isEqualTo(Mask.of(1, 1, 3, new float[] {0, 1, 0.75f}));
    assertThatThrownBy(() -> first.union(Mask.of(1, 3, 1, new float[3])))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void resizesEachFrameByItself() {
    Mask mask = Mask.of(2, 2, 2, new float[] {1, 0, 0, 0, 0, 0, 0, 1});
    Mask larger = mask.resize(4, 2);
    assertThat(larger)
        .isEqualTo(Mask.of(2, 4, 2, new float[] {1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1}));
    assertThat(mask.resize(2, 2)).isSameAs(mask);
  }
}
