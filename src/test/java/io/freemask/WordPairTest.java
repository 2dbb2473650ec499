package io.freemask;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WordPairTest {

  @Test
  void readsWordsAndPhrases() {
    assertThat(WordPair.parse("car=bus")).isEqualTo(new WordPair(List.of("car"), List.of("bus")));
    assertThat(WordPair.parse(" red car + wheels = blue bus "))
        .isEqualTo(new WordPair(List.of("red car", "wheels"), List.of("blue bus")));
    assertThat(WordPair.parse("bear")).isEqualTo(new WordPair(List.of("bear"), List.of()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"car=bus", "red car+wheels=blue bus", "bear", "bear,=tiger,"})
  void writesWhatItReads(String text) {
    assertThat(WordPair.parse(text)).hasToString(text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "=bus", "car=", "a=b=c", "a+=b", "+a"})
  void refusesAndNamesTheText(String text) {
    assertThatThrownBy(() -> WordPair.parse(text))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("'" + text + "'")
        .hasMessageContaining("car=bus");
  }
}
