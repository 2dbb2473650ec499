package io.freemask.video;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freemask.InvalidInputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FrameSizeTest {

  @ParameterizedTest
  @CsvSource({
    "33x47, 8, 32x48",
    "64x64, 8, 64x64",
    "36x28, 8, 40x32",
    "3x100, 8, 8x104",
    "854x480, 8, 856x480",
    "1920x1080, 8, 1920x1080",
    "35x35, 16, 32x32",
  })
  void nearestMultiple(String size, int multiple, String expected) {
    assertThat(FrameSize.parse(size).nearest(multiple)).hasToString(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "1920x1080, 8, 262144, 680x384",
    "512x512, 8, 262144, 512x512",
    "516x516, 8, 262144, 512x512",
    "300x200, 8, 262144, 304x200",
    "10000x10, 8, 1000, 120x8",
    "17x17, 8, 64, 8x8",
  })
  void nearestWithinAnArea(String size, int multiple, long pixels, String expected) {
    FrameSize fitted = FrameSize.parse(size).nearest(multiple, pixels);
    assertThat(fitted).hasToString(expected);
    assertThat(fitted.pixels()).isLessThanOrEqualTo(pixels);
  }

  @Test
  void strictSizeIsAnErrorThatNamesTheNearest() {
    assertThat(new FrameSize(64, 8).requireMultipleOf(8)).isEqualTo(new FrameSize(64, 8));
    assertThatThrownBy(() -> new FrameSize(33, 47).requireMultipleOf(8))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage("frame size is 33x47, expected multiples of 8 such as 32x48");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "64", "64x", "0x64", "64x-8", "64 x 64", "1234567x8", "axb"})
  void otherTextIsRefused(String text) {
    assertThatThrownBy(() -> FrameSize.parse(text))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("WIDTHxHEIGHT");
  }
}
