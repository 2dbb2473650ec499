package io.freemask.edit;

import static org.assertj.core.api.Assertions.assertThat;

import io.freemask.edit.LayerGrid.Size;
import io.freemask.mask.Mask;
import io.freemask.mask.MaskSchedule;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EditMasksTest {

  private static final int STEPS = 3;

  private static ResolvedPlan resolve(String sections, GivenMasks masks) {
    EditPlan plan =
        EditPlan.parse(
            "{\"source\": \"a bear is walking\", \"target\": \"a tiger is walking\","
                + " \"steps\": 3, \"guidance\": 1, "
                + sections
                + "}");
    return ResolvedPlan.of(
        plan,
        EditFixtures.prompt(plan.source()),
        EditFixtures.prompt(plan.target()),
        EditFixtures.grid(1, 4, 4),
        masks,
        1000);
  }

  /**
   * Maps of cross layers 1 and 3 (level [2,2]) in which the marked pixel is the record's number.
   */
  private static WordMaps mapsByRecord(int groups) {
    WordMaps maps = new WordMaps(groups);
    for (int k = 0; k < STEPS; k++) {
      for (int layer : new int[] {1, 3}) {
        float[] values = new float[groups * 4];
        values[k] = 1;
        if (groups > 1) {
          values[4 + 3] = 1;
        }
        maps.put(k, layer, values);
      }
    }
    return maps;
  }

  private static final String DERIVED =
      "\"cross\": {\"window\": [0, 1], \"mask\": true}, \"masks\": {\"cross\":"
          + " {\"words\": [\"bear\"], \"level\": [2, 2], \"pool\": false, \"record\": %s}}";

  @Test
  void anAwareMaskFollowsTheRecordOfTheSameNoiseLevel() {
    EditMasks masks =
        new EditMasks(resolve(DERIVED.formatted("\"aware\""), GivenMasks.NONE), mapsByRecord(1));
    assertThat(masks.isConstant(MaskUse.CROSS)).isFalse();
    for (int s = 0; s < STEPS; s++) {
      float[] expected = new float[4];
      expected[STEPS - 1 - s] = 1;
      assertThat(masks.at(MaskUse.CROSS, s, new Size(2, 2))).isEqualTo(Mask.of(1, 2, 2, expected));
    }
    assertThat(masks.used().get(MaskUse.CROSS).at(2))
        .isEqualTo(masks.at(MaskUse.CROSS, 2, new Size(4, 4)));
  }

  @Test
  void aFixedMaskIsTheSameInAllSteps() {
    EditMasks masks =
        new EditMasks(resolve(DERIVED.formatted("1"), GivenMasks.NONE), mapsByRecord(1));
    assertThat(masks.isConstant(MaskUse.CROSS)).isTrue();
    for (int s = 0; s < STEPS; s++) {
      assertThat(masks.at(MaskUse.CROSS, s, new Size(2, 2)))
          .isEqualTo(Mask.of(1, 2, 2, new float[] {0, 1, 0, 0}));
    }
    assertThat(masks.at(MaskUse.CROSS, 0, new Size(1, 1)).coverage()).isZero();
  }

  @Test
  void severalObjectsAreUnited() {
    EditMasks masks =
        new EditMasks(
            resolve(
                DERIVED
                    .formatted("0")
                    .replace("\"words\": [\"bear\"]", "\"objects\": [[\"bear\"], [\"walking\"]]"),
                GivenMasks.NONE),
            mapsByRecord(2));
    assertThat(masks.at(MaskUse.CROSS, 0, new Size(2, 2)))
        .isEqualTo(Mask.of(1, 2, 2, new float[] {1, 0, 0, 1}));
  }

  @Test
  void givenMasksAreResizedAndMayBeSoftAndStepwise() {
    float[][] values = new float[STEPS][16];
    for (int s = 0; s < STEPS; s++) {
      values[s][2 * s] = 0.5f;
    }
    MaskSchedule stepwise =
        MaskSchedule.stepwise(
            List.of(
                Mask.of(1, 4, 4, values[0]),
                Mask.of(1, 4, 4, values[1]),
                Mask.of(1, 4, 4, values[2])));
    float[] constant = new float[16];
    constant[0] = 1;
    EditMasks masks =
        new EditMasks(
            resolve(
                "\"cross\": {\"window\": [0, 1], \"mask\": true}, \"self\": {\"mode\": \"map\","
                    + " \"window\": [0, 1], \"mask\": true}",
                new GivenMasks(
                    stepwise,
                    Map.of(MaskUse.SELF, MaskSchedule.constant(Mask.of(1, 4, 4, constant))))),
            new WordMaps(0));
    assertThat(masks.isConstant(MaskUse.CROSS)).isFalse();
    assertThat(masks.isConstant(MaskUse.SELF)).isTrue();
    assertThat(masks.at(MaskUse.CROSS, 1, new Size(2, 2)))
        .isEqualTo(Mask.of(1, 2, 2, new float[] {0, 0.5f, 0, 0}));
    assertThat(masks.at(MaskUse.CROSS, 2, new Size(2, 2)).coverage()).isZero();
    assertThat(masks.at(MaskUse.SELF, 1, new Size(2, 2)))
        .isEqualTo(Mask.of(1, 2, 2, new float[] {1, 0, 0, 0}));
    assertThat(masks.used()).containsOnlyKeys(MaskUse.CROSS, MaskUse.SELF);
  }
}
