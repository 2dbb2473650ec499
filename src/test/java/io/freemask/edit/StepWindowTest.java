package io.freemask.edit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freemask.InvalidInputException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class StepWindowTest {

  private static int[] inside(double start, double end, int steps) {
    StepWindow window = new StepWindow(start, end);
    return IntStream.range(0, steps).filter(s -> window.contains(s, steps)).toArray();
  }

  private static int[] blends(double start, double end, int steps) {
    StepWindow window = new StepWindow(start, end);
    return IntStream.range(0, steps).filter(s -> window.blendsAfter(s, steps)).toArray();
  }

  @Test
  void boundsAreTruncatedDoubles() {
    assertThat(inside(0, 0.3, 10)).containsExactly(0, 1, 2);
    assertThat(inside(0.25, 0.75, 10)).containsExactly(2, 3, 4, 5, 6);
    assertThat(inside(0, 1, 3)).containsExactly(0, 1, 2);
    assertThat(inside(0, 0.99, 10)).hasSize(9);
    assertThat(inside(0.5, 0.5, 10)).isEmpty();
    // 0.29 * 100 is 28.999999999999996 as a double.
    assertThat(inside(0, 0.29, 100)).hasSize(28);
    // The released style configuration's 0.01 of 50 steps is none.
    assertThat(inside(0, 0.01, 50)).isEmpty();
  }

  @Test
  void theBlendIsOpenAtBothEnds() {
    assertThat(blends(0.2, 0.8, 10)).containsExactly(2, 3, 4, 5, 6);
    assertThat(blends(0, 1, 4)).containsExactly(0, 1, 2);
    assertThat(blends(0.2, 0.8, 1)).isEmpty();
  }

  @Test
  void refusesWhatIsNoWindow() {
    for (double[] bad :
        new double[][] {{-0.1, 1}, {0, 1.1}, {0.6, 0.5}, {Double.NaN, 1}, {0, Double.NaN}}) {
      assertThatThrownBy(() -> new StepWindow(bad[0], bad[1]))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("expected 0 <= start <= end <= 1");
    }
  }
}
