package io.freemask;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freemask.video.Clip;
import io.freemask.video.FrameRange;
import io.freemask.video.FrameRate;
import io.freemask.video.FrameSize;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class WorkingClipTest {

  private static EditRequest request(FrameRange frames) {
    return EditRequest.builder()
        .input(TestClips.square(7, 16, 8))
        .source("a")
        .target("b")
        .frames(frames)
        .build();
  }

  @Test
  void takesTheFramesOfAClipInMemory() {
    EditRequest request = request(new FrameRange(1, OptionalInt.empty(), 2));
    Clip all = TestClips.square(7, 16, 8);
    Clip clip = WorkingClip.read(request, () -> false);
    assertThat(clip.frames())
        .containsExactly(all.frames().get(1), all.frames().get(3), all.frames().get(5));
    assertThat(clip.frameRate()).isEqualTo(FrameRate.of(4));
    assertThat(WorkingClip.frameCount(request)).isEqualTo(3);
    assertThat(WorkingClip.read(request(FrameRange.of(0, 7, 1)), () -> false).frameCount())
        .isEqualTo(7);
  }

  @Test
  void saysHowManyFramesThereAre() {
    for (FrameRange range : List.of(FrameRange.of(0, 8, 1), FrameRange.of(7, 1, 1))) {
      assertThatThrownBy(() -> WorkingClip.read(request(range), () -> false))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("7 frames");
    }
  }

  @Test
  void roundsTheSizeAndSaysSo() {
    List<String> notices = new ArrayList<>();
    FrameSize odd = new FrameSize(321, 180);
    assertThat(WorkingClip.workingSize(odd, null, 8, false, notices))
        .isEqualTo(new FrameSize(320, 184));
    assertThat(notices).singleElement().asString().contains("320x184", "321x180");
    notices.clear();
    assertThat(WorkingClip.workingSize(odd, new FrameSize(64, 32), 8, true, notices))
        .isEqualTo(new FrameSize(64, 32));
    assertThat(notices).isEmpty();
    assertThatThrownBy(() -> WorkingClip.workingSize(odd, null, 8, true, notices))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("321x180");
  }
}
