package io.freemask.edit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

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
  void aMaskMadeAtLatentSizeIsBroughtToTheLevelsAsAGivenOne() {
    // Of a map that is small where a coarse level looks, and large elsewhere.
    WordMaps maps = new WordMaps(1);
    for (int layer : new int[] {1, 3}) {
      maps.put(0, layer, new float[] {0.1f, 1, 0, 0});
    }
    String each = DERIVED.formatted("0");
    EditMasks byLevel = new EditMasks(resolve(each, GivenMasks.NONE), maps);
    EditMasks atLatentSize =
        new EditMasks(
            resolve(
                each.replace("\"record\"", "\"latent_size\": true, \"record\""), GivenMasks.NONE),
            maps);
    Size latent = new Size(4, 4);
    assertThat(atLatentSize.at(MaskUse.CROSS, 0, latent))
        .isEqualTo(byLevel.at(MaskUse.CROSS, 0, latent));
    assertThat(byLevel.at(MaskUse.CROSS, 0, new Size(1, 1)).coverage()).isEqualTo(1);
    assertThat(atLatentSize.at(MaskUse.CROSS, 0, new Size(1, 1)).coverage()).isZero();
    assertThat(atLatentSize.at(MaskUse.CROSS, 0, new Size(2, 2)))
        .isEqualTo(atLatentSize.at(MaskUse.CROSS, 0, latent).resize(2, 2));
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
  void theAverageIsOverAllRecordsAndIsTheSameInAllSteps() {
    WordMaps maps = mapsByRecord(1);
    for (int layer : new int[] {1, 3}) {
      maps.put(2, layer, new float[] {0.4f, 0, 0.1f, 0});
    }
    EditMasks masks =
        new EditMasks(resolve(DERIVED.formatted("\"average\""), GivenMasks.NONE), maps);
    assertThat(masks.isConstant(MaskUse.CROSS)).isTrue();
    // The sums over the records are 1.4, 1, 0.1, 0.
    assertThat(masks.at(MaskUse.CROSS, 1, new Size(2, 2)))
        .isEqualTo(Mask.of(1, 2, 2, new float[] {1, 1, 0, 0}));
  }

  /** Maps of record 0 of all cross layers; layer 2, of 4 heads, is alone on its level. */
  private static WordMaps mapsOfAllLevels(int groups) {
    WordMaps maps = new WordMaps(groups);
    float[] fine = new float[groups * 16];
    fine[15] = 0.9f;
    maps.put(0, 0, fine);
    for (int layer : new int[] {1, 3}) {
      float[] middle = new float[groups * 4];
      middle[0] = layer == 1 ? 0.5f : 0.1f;
      middle[1] = 0.2f;
      if (groups > 1) {
        middle[4] = 0.5f;
        middle[5] = 0.1f;
      }
      maps.put(0, layer, middle);
    }
    maps.put(0, 2, new float[groups]);
    return maps;
  }

  private static String layers(String choice) {
    return DERIVED.formatted("0").replace("\"level\": [2, 2]", choice);
  }

  @Test
  void allLevelsAreBroughtToTheTargetAndWeighByTheirHeads() {
    EditMasks masks =
        new EditMasks(
            resolve(layers("\"level\": \"all\", \"threshold\": 0.65"), GivenMasks.NONE),
            mapsOfAllLevels(1));
    // Upper left 4 (0.5 + 0.1), upper right 4 (0.2 + 0.2), lower right corner 2 * 0.9: 1, 0.67,
    // 0.75.
    float[] expected = new float[16];
    for (int i : new int[] {0, 1, 2, 3, 4, 5, 6, 7, 15}) {
      expected[i] = 1;
    }
    assertThat(masks.at(MaskUse.CROSS, 0, new Size(4, 4))).isEqualTo(Mask.of(1, 4, 4, expected));
  }

  @Test
  void aLevelTakesItsOwnLayerOrTheNearestLevels() {
    EditMasks masks =
        new EditMasks(
            resolve(
                layers("\"level_layers\": [\"down_blocks.0.a.attn2\", \"up_blocks.0.a.attn2\"]"),
                GivenMasks.NONE),
            mapsOfAllLevels(1));
    float[] corner = new float[16];
    corner[15] = 1;
    assertThat(masks.at(MaskUse.CROSS, 0, new Size(4, 4))).isEqualTo(Mask.of(1, 4, 4, corner));
    assertThat(masks.at(MaskUse.CROSS, 0, new Size(2, 2)))
        .isEqualTo(Mask.of(1, 2, 2, new float[] {1, 1, 0, 0}));
    assertThat(masks.at(MaskUse.CROSS, 0, new Size(1, 1)))
        .isEqualTo(Mask.of(1, 1, 1, new float[] {1}));
  }

  @Test
  void aSoftMaskIsTheRelativeMap() {
    EditMasks masks =
        new EditMasks(
            resolve(layers("\"level\": [2, 2], \"soft\": true"), GivenMasks.NONE),
            mapsOfAllLevels(1));
    float[] values = masks.at(MaskUse.CROSS, 0, new Size(2, 2)).values();
    assertThat(values).containsExactly(new float[] {1, 0.4f / 0.6f, 0, 0}, within(1e-6f));
  }

  @Test
  void whatIsSubtractedWinsWhereBothClaimAPixel() {
    String subtract = "\"level\": [2, 2], \"subtract\": [\"walking\"]";
    assertThat(
            new EditMasks(resolve(layers(subtract), GivenMasks.NONE), mapsOfAllLevels(2))
                .at(MaskUse.CROSS, 0, new Size(2, 2)))
        .isEqualTo(Mask.of(1, 2, 2, new float[] {0, 1, 0, 0}));
    // 0.1 of 0.5 is over 0.1.
    assertThat(
            new EditMasks(
                    resolve(layers(subtract + ", \"subtract_threshold\": 0.1"), GivenMasks.NONE),
                    mapsOfAllLevels(2))
                .at(MaskUse.CROSS, 0, new Size(2, 2))
                .coverage())
        .isZero();
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
