package io.freemask.report.html;

import static org.assertj.core.api.Assertions.assertThat;

import io.freemask.video.FrameSize;
import org.junit.jupiter.api.Test;

class ColorMapTest {

  @Test
  void endsAndStopsAreTheMaps() {
    assertThat(ColorMap.VIRIDIS.css(0)).isEqualTo("#440154");
    assertThat(ColorMap.VIRIDIS.css(0.5)).isEqualTo("#21918c");
    assertThat(ColorMap.VIRIDIS.css(1)).isEqualTo("#fde725");
  }

  @Test
  void betweenStopsIsLinearInEachChannel() {
    // Between 0x440154 and 0x482475.
    assertThat(ColorMap.VIRIDIS.rgb(0.05)).isEqualTo(0x461365);
  }

  @Test
  void beyondTheRangeAreTheEnds() {
    assertThat(ColorMap.VIRIDIS.rgb(-1)).isEqualTo(ColorMap.VIRIDIS.rgb(0));
    assertThat(ColorMap.VIRIDIS.rgb(7)).isEqualTo(ColorMap.VIRIDIS.rgb(1));
    assertThat(ColorMap.VIRIDIS.rgb(Double.NaN)).isEqualTo(ColorMap.VIRIDIS.rgb(0));
  }

  @Test
  void lightnessRises() {
    double before = -1;
    for (int i = 0; i <= 100; i++) {
      int rgb = ColorMap.VIRIDIS.rgb(i / 100.0);
      double luma = 0.2126 * (rgb >> 16 & 255) + 0.7152 * (rgb >> 8 & 255) + 0.0722 * (rgb & 255);
      assertThat(luma).as("at %s", i / 100.0).isGreaterThan(before);
      before = luma;
    }
  }

  @Test
  void textOnItIsInTheColorOfTheLargerContrast() {
    assertThat(ColorMap.VIRIDIS.isLight(0)).isFalse();
    assertThat(ColorMap.VIRIDIS.isLight(0.4)).isFalse();
    // #22a884: 2.9 to 1 in white, 7.2 to 1 in black.
    assertThat(ColorMap.VIRIDIS.isLight(0.6)).isTrue();
    assertThat(ColorMap.VIRIDIS.isLight(1)).isTrue();
  }

  @Test
  void paintsFromTheOffset() {
    float[] values = {9, 9, 0, 2};
    Picture picture = ColorMap.VIRIDIS.paint(values, 2, new FrameSize(2, 1), 2);
    assertThat(picture.rgb()).containsExactly(0x44, 0x01, 0x54, (byte) 0xfd, (byte) 0xe7, 0x25);
  }

  @Test
  void aMapOfZerosHasTheFirstColor() {
    Picture picture = ColorMap.VIRIDIS.paint(new float[1], 0, new FrameSize(1, 1), 0);
    assertThat(picture.rgb()).containsExactly(0x44, 0x01, 0x54);
  }
}
