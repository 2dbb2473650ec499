package io.freemask.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freemask.InvalidInputException;
import io.freemask.prompt.WordWindows.Window;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WordWindowsTest {

  private final Prompt prompt = Prompt.of(Golden.clip(), "a red bear");

  /** The released code has 0.9 and 0.5 of 50 steps: 45 and 25. */
  @ParameterizedTest
  @CsvSource({
    "0, 0.9, 50, 0, 45",
    "0, 0.5, 50, 0, 25",
    "0, 1, 50, 0, 50",
    "0, 0.01, 50, 0, 0",
    "0.2, 0.8, 10, 2, 8",
    // 0.29 * 100 is 28.999999999999996 in IEEE doubles.
    "0, 0.29, 99, 0, 28",
    "0.29, 1, 99, 28, 99",
    "0.5, 0.5, 10, 5, 5",
  })
  void opensAtTheTruncatedProduct(double start, double end, int steps, int first, int last) {
    WordWindows windows = WordWindows.uniform(3, new Window(start, end));
    for (int step = 0; step < steps; step++) {
      float expected = first <= step && step < last ? 1 : 0;
      assertThat(windows.alpha(step, steps)).containsExactly(expected, expected, expected);
      assertThat(windows.isOpen(step, steps)).isEqualTo(expected == 1);
    }
  }

  @Test
  void wordHasItsOwnWindow() {
    WordWindows windows =
        WordWindows.of(prompt, new Window(0, .5), Map.of("bear", new Window(.5, 1)));
    float[] early = windows.alpha(0, 10);
    assertThat(early).hasSize(77);
    assertThat(IntStream.range(0, 77).filter(n -> early[n] == 0)).containsExactly(3);
    float[] late = windows.alpha(9, 10);
    assertThat(IntStream.range(0, 77).filter(n -> late[n] == 1)).containsExactly(3);
    assertThat(windows.isOpen(9, 10)).isTrue();
  }

  @Test
  void wrongWindowAndAbsentWordAreNamed() {
    assertThatThrownBy(() -> new Window(.6, .5))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("[0.6, 0.5]");
    assertThatThrownBy(() -> new Window(0, Double.NaN)).isInstanceOf(InvalidInputException.class);
    assertThatThrownBy(
            () -> WordWindows.of(prompt, new Window(0, 1), Map.of("dog", new Window(0, 1))))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("'dog'");
  }
}
