package io.freemask.video;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FrameRateTest {

  @ParameterizedTest
  @CsvSource({
    "24, 24, 1",
    "29.97002997002997, 30000, 1001",
    "23.976023976023978, 24000, 1001",
    "12.5, 25, 2",
    "0.1, 1, 10",
    "33.333333333333336, 100, 3",
  })
  void nearestFraction(double value, int numerator, int denominator) {
    assertThat(FrameRate.of(value)).isEqualTo(new FrameRate(numerator, denominator));
  }

  @Test
  void isReducedAndDivides() {
    assertThat(new FrameRate(48, 2)).isEqualTo(FrameRate.of(24));
    assertThat(new FrameRate(30000, 1001).everyNth(3)).isEqualTo(new FrameRate(10000, 1001));
    assertThat(new FrameRate(30000, 1001)).hasToString("29.97");
    assertThat(FrameRate.of(8)).hasToString("8");
  }

  @Test
  void rangeIsChecked() {
    assertThatThrownBy(() -> new FrameRate(0, 1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> FrameRate.of(0)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> FrameRate.of(Double.NaN)).isInstanceOf(IllegalArgumentException.class);
  }
}
