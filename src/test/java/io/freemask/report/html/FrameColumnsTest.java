package io.freemask.report.html;

import static org.assertj.core.api.Assertions.assertThat;

import io.freemask.video.Clip;
import io.freemask.video.FrameRate;
import io.freemask.video.FrameSize;
import java.util.Collections;
import org.junit.jupiter.api.Test;

class FrameColumnsTest {

  @Test
  void aFewPlacesAreAllShown() {
    assertThat(FrameColumns.spread(1, 8)).containsExactly(0);
    assertThat(FrameColumns.spread(3, 8)).containsExactly(0, 1, 2);
  }

  @Test
  void manyPlacesAreSpreadFromTheFirstToTheLast() {
    assertThat(FrameColumns.spread(50, 10)).containsExactly(0, 5, 11, 16, 22, 27, 33, 38, 44, 49);
  }

  @Test
  void theCaptionSaysWhatIsLeftOut() {
    assertThat(new FrameColumns(clip(4, 64)).caption()).isEqualTo("All 4 frames.");
    assertThat(new FrameColumns(clip(20, 512)).caption())
        .isEqualTo("8 of 20 frames, evenly spread, made smaller from 512x512 pixels.");
  }

  @Test
  void picturesOfLargeClipsAreSmaller() {
    Clip clip = clip(1, 512);
    PictureGrid.Cell cell = new FrameColumns(clip).cells("clip", f -> Picture.of(clip, f)).get(0);
    assertThat(cell.views().get(0).size()).isEqualTo(new FrameSize(256, 256));
    assertThat(cell.description()).isEqualTo("clip, frame 0");
  }

  private static Clip clip(int frames, int side) {
    return new Clip(
        new FrameSize(side, side),
        FrameRate.of(8),
        Collections.nCopies(frames, new byte[side * side * 3]));
  }
}
