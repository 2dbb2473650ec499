package io.freemask.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freemask.InvalidInputException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EqualizerTest {

  private final Prompt prompt = Prompt.of(Golden.clip(), "a red bear and a red dog");

  @Test
  void onesWithoutWords() {
    assertThat(Equalizer.none(5).factors()).containsExactly(1, 1, 1, 1, 1);
    assertThat(Equalizer.of(prompt, Map.of()).factors()).hasSize(77).containsOnly(1);
  }

  @Test
  void wordScalesEveryOccurrence() {
    float[] factors = Equalizer.of(prompt, Map.of("red", 2.5, "dog", -1.0)).factors();
    assertThat(factors).startsWith(1, 1, 2.5f, 1, 1, 1, 2.5f, -1, 1);
    for (int i = 9; i < factors.length; i++) {
      assertThat(factors[i]).isEqualTo(1);
    }
  }

  @Test
  void laterWordCounts() {
    Map<String, Double> words = new LinkedHashMap<>();
    words.put("red bear", 3.0);
    words.put("red", 0.5);
    assertThat(Equalizer.of(prompt, words).factors()).startsWith(1, 1, .5f, 3, 1, 1, .5f, 1);
  }

  @Test
  void absentWordAndWrongFactorAreNamed() {
    assertThatThrownBy(() -> Equalizer.of(prompt, Map.of("cat", 2.0)))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("'cat'");
    assertThatThrownBy(() -> Equalizer.of(prompt, Map.of("dog", Double.NaN)))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("'dog' is NaN");
  }
}
