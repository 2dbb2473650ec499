package io.freemask.report.html;

import static org.assertj.core.api.Assertions.assertThat;

import io.freemask.edit.MaskUse;
import io.freemask.mask.Mask;
import io.freemask.mask.MaskSchedule;
import io.freemask.video.Clip;
import io.freemask.video.FrameRate;
import io.freemask.video.FrameSize;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class MaskRowsTest {

  private static final Pattern HEADING =
      Pattern.compile("<th scope=\"row\"><span>([^<]*)</span><span class=\"note\">([^<]*)<");

  private static Mask mask(float value) {
    return Mask.of(1, 1, 2, new float[] {1, value});
  }

  private static List<String> rows(MaskRows rows) {
    return HEADING
        .matcher(rows.toHtml().render())
        .results()
        .map(match -> match.group(1) + ": " + match.group(2))
        .toList();
  }

  private static MaskRows onAClip() {
    return new MaskRows(
        new Clip(new FrameSize(2, 1), FrameRate.of(8), List.of(new byte[] {1, 2, 3, 4, 5, 6})));
  }

  @Test
  void kindsWithTheSameMaskShareARow() {
    MaskRows rows = onAClip();
    rows.add(MaskUse.CROSS, MaskSchedule.constant(mask(0)), List.of(0), 4);
    rows.add(MaskUse.SELF, MaskSchedule.constant(mask(0)), List.of(0), 4);
    rows.add(MaskUse.TEMPORAL, MaskSchedule.constant(mask(1)), List.of(0), 4);
    assertThat(rows(rows))
        .containsExactly(
            "cross, self: all steps; 50.0 % of the frame",
            "temporal: all steps; 100.0 % of the frame");
  }

  @Test
  void ofManyStepsTheFirstTheMiddleAndTheLastOpenOneAreShown() {
    List<Mask> steps = new ArrayList<>();
    for (int s = 0; s < 10; s++) {
      steps.add(mask(s / 10f));
    }
    MaskRows rows = onAClip();
    rows.add(MaskUse.SELF, MaskSchedule.stepwise(steps), List.of(2, 3, 4, 5, 6), 10);
    assertThat(rows(rows))
        .containsExactly(
            "self: step 3 of 10; 60.0 % of the frame",
            "self: step 5 of 10; 70.0 % of the frame", "self: step 7 of 10; 80.0 % of the frame");
  }
}
