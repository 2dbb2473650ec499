package io.freemask.mask;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class MaskResizeTest {

  private static int[] indices(int in, int out) {
    return IntStream.range(0, out).map(i -> MaskResize.sourceIndex(i, in, out)).toArray();
  }

  @Test
  void takesTheFloorOfTheQuotient() {
    assertThat(indices(8, 4)).containsExactly(0, 2, 4, 6);
    assertThat(indices(9, 5)).containsExactly(0, 1, 3, 5, 7);
    assertThat(indices(11, 6)).containsExactly(0, 1, 3, 5, 7, 9);
    assertThat(indices(3, 7)).containsExactly(0, 0, 0, 1, 1, 2, 2);
    assertThat(indices(4, 8)).containsExactly(0, 0, 1, 1, 2, 2, 3, 3);
    assertThat(indices(5, 5)).containsExactly(0, 1, 2, 3, 4);
    assertThat(indices(1, 3)).containsExactly(0, 0, 0);
    assertThat(indices(3, 1)).containsExactly(0);
  }

  @Test
  void roundsTheQuotientToSinglePrecisionAsTorchDoes() {
    // torch.nn.functional.interpolate(torch.arange(16.)[None, None], size=122)[0, 0, 61] is 7.
    assertThat(MaskResize.sourceIndex(61, 16, 122)).isEqualTo(7);
  }

  @Test
  void neverLeavesTheSource() {
    for (int in = 1; in <= 130; in++) {
      for (int out = 1; out <= 130; out++) {
        int[] indices = indices(in, out);
        assertThat(indices).isSorted();
        assertThat(indices[0]).isZero();
        assertThat(indices[out - 1]).isLessThan(in);
      }
    }
  }

  @Test
  void resizesRowsAndColumnsIndependently() {
    float[] values = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    assertThat(MaskResize.nearest(values, 2, 3, 2, 2, 1)).containsExactly(1, 3, 7, 9);
    assertThat(MaskResize.nearest(values, 1, 3, 4, 3, 2)).containsExactly(1, 3, 5, 7, 9, 11);
  }

  @Test
  void refusesWhatDoesNotFit() {
    assertThatThrownBy(() -> MaskResize.sourceIndex(4, 8, 4))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> MaskResize.nearest(new float[5], 1, 2, 3, 1, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("5 values, expected [1,2,3]");
  }
}
