package io.freemask.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import io.freemask.video.Clip;
import io.freemask.video.FrameRate;
import io.freemask.video.FrameSize;
import io.freemask.video.MaskClip;
import java.util.List;
import org.junit.jupiter.api.Test;

class RegionPsnrTest {

  private static final FrameSize SIZE = new FrameSize(2, 1);

  private static Clip clip(int left, int right) {
    byte l = (byte) left;
    byte r = (byte) right;
    return new Clip(SIZE, FrameRate.of(8), List.of(new byte[] {l, l, l, r, r, r}));
  }

  @Test
  void regionsAreMeasuredByThemselves() {
    MaskClip mask = new MaskClip(SIZE, 1, new float[] {1, 0});
    RegionPsnr psnr = RegionPsnr.of(clip(100, 200), clip(151, 199), mask);
    // 20 log10(255 / 51) and 20 log10(255 / 1).
    assertThat(psnr.object()).isCloseTo(13.979, offset(1e-3));
    assertThat(psnr.background()).isCloseTo(48.131, offset(1e-3));
    assertThat(psnr.describe(40))
        .contains("object 14.0 dB (changed)", "background 48.1 dB (kept)", "40.0 dB");
  }

  @Test
  void maskOfAnotherSizeIsRefused() {
    MaskClip mask = new MaskClip(SIZE, 2, new float[4]);
    assertThatThrownBy(() -> RegionPsnr.of(clip(0, 0), clip(0, 0), mask))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("2 frames of 2x1, expected 1 of 2x1");
  }
}
