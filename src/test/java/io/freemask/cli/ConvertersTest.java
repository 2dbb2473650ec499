package io.freemask.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freemask.InvalidInputException;
import io.freemask.edit.StepWindow;
import io.freemask.video.FrameRange;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConvertersTest {

  @Test
  void frameRangeLeavesItsEndOut() {
    assertThat(Converters.frames("0:16")).isEqualTo(FrameRange.of(0, 16, 1));
    assertThat(Converters.frames("4:8")).isEqualTo(FrameRange.of(4, 4, 1));
    assertThat(Converters.frames(":8")).isEqualTo(FrameRange.of(0, 8, 1));
    assertThat(Converters.frames("3:")).isEqualTo(new FrameRange(3, OptionalInt.empty(), 1));
    assertThat(Converters.frames("::4")).isEqualTo(new FrameRange(0, OptionalInt.empty(), 4));
  }

  @Test
  void strideCountsTheFramesThatItTakes() {
    assertThat(Converters.frames("0:16:2")).isEqualTo(FrameRange.of(0, 8, 2));
    assertThat(Converters.frames("0:15:2")).isEqualTo(FrameRange.of(0, 8, 2));
    assertThat(Converters.frames("2:3:5")).isEqualTo(FrameRange.of(2, 1, 5));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "8", "a:b", "8:8", "9:3", "0:8:0", "0:8:-1", "-1:4", "0:4:1:1"})
  void badFrameRangesAreRefused(String text) {
    assertThatThrownBy(() -> Converters.frames(text))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("'" + text + "'")
        .hasMessageContaining("expected");
  }

  @Test
  void windowsAreFractionsOrOff() {
    assertThat(Converters.window("0:0.8")).isEqualTo(new StepWindow(0, 0.8));
    assertThat(Converters.window("0.25:1")).isEqualTo(new StepWindow(0.25, 1));
    assertThat(Converters.window("off")).isEqualTo(new StepWindow(0, 0));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "0.5", "0:2", "0.8:0.2", "a:1", "0:1:1", "-0.1:1", "0:NaN"})
  void badWindowsAreRefused(String text) {
    assertThatThrownBy(() -> Converters.window(text))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("expected");
  }

  @ParameterizedTest
  @CsvSource({
    "1000, 1000",
    "1K, 1024",
    "1500M, 1572864000",
    "1.5g, 1610612736",
    "8G, 8589934592",
    "8GiB, 8589934592",
    "2GB, 2147483648",
    "1T, 1099511627776"
  })
  void amountsOfMemory(String text, long bytes) {
    assertThat(Converters.bytes(text).bytes()).isEqualTo(bytes);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "0", "-1G", "lots", "1E", "99999999999T"})
  void badAmountsOfMemoryAreRefused(String text) {
    assertThatThrownBy(() -> Converters.bytes(text))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("expected");
  }
}
