package io.freemask.edit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freemask.InvalidInputException;
import io.freemask.mask.Mask;
import io.freemask.mask.MaskSchedule;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ResolvedPlanTest {

  private static final String SOURCE = "a bear is walking";

  private static EditPlan plan(String target, String sections) {
    return EditPlan.parse(
        "{\"source\": \""
            + SOURCE
            + "\", \"target\": \""
            + target
            + "\", \"steps\": 4, \"guidance\": 7.5"
            + (sections.isEmpty() ? "" : ", ")
            + sections
            + "}");
  }

  private static ResolvedPlan resolve(EditPlan plan, GivenMasks masks) {
    return ResolvedPlan.of(
        plan,
        EditFixtures.prompt(plan.source()),
        EditFixtures.prompt(plan.target()),
        EditFixtures.grid(2, 8, 8),
        masks,
        1000);
  }

  private static void refuses(String target, String sections, GivenMasks masks, String... parts) {
    EditPlan plan = plan(target, sections);
    assertThatThrownBy(() -> resolve(plan, masks))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContainingAll(parts);
  }

  private static GivenMasks given(int height) {
    return GivenMasks.of(MaskSchedule.constant(Mask.of(2, height, 8, new float[2 * height * 8])));
  }

  @Test
  void missingWordsAreNamed() {
    refuses(
        "a tiger is walking",
        "\"cross\": {\"window\": [0, 1]}, \"equalizer\": {\"bear\": 2}",
        GivenMasks.NONE,
        "equalizer",
        "'bear'",
        "a, tiger, is, walking");
    refuses(
        "a tiger is walking",
        "\"cross\": {\"window\": [0, 1], \"word_windows\": {\"snow\": [0, 1]}}",
        GivenMasks.NONE,
        "cross.word_windows",
        "'snow'");
    refuses(
        "a tiger is walking",
        "\"masks\": {\"self\": {\"words\": [\"bear\", \"tiger\"], \"level\": [8, 8],"
            + " \"record\": 0}}",
        GivenMasks.NONE,
        "masks.self.words",
        "'tiger'",
        "a, bear, is, walking");
  }

  @Test
  void aSectionWithoutItsMaskIsNamed() {
    refuses(
        "a tiger is walking",
        "\"cross\": {\"window\": [0, 1], \"mask\": true}",
        GivenMasks.NONE,
        "cross.mask is true");
    refuses(
        "a tiger is walking",
        "\"self\": {\"mode\": \"map\", \"window\": [0, 1], \"mask\": true}, \"masks\":"
            + " {\"cross\": {\"words\": [\"bear\"], \"level\": [8, 8], \"record\": 0}}",
        GivenMasks.NONE,
        "self.mask is true");
    refuses(
        "a tiger is walking",
        "\"temporal\": {\"mode\": \"qk\", \"window\": [0, 1], \"mask\": true}",
        new GivenMasks(null, Map.of(MaskUse.CROSS, given(8).of(MaskUse.CROSS))),
        "temporal.mask is true");
    refuses(
        "a tiger is walking",
        "\"latent_blend\": {\"window\": [0, 1]}",
        GivenMasks.NONE,
        "latent_blend needs a mask");
  }

  @Test
  void replaceWithUnequalWordCountsIsNamed() {
    refuses(
        "a tiger is walking in the snow",
        "\"cross\": {\"mapper\": \"replace\", \"window\": [0, 1]}",
        GivenMasks.NONE,
        "cross.mapper",
        "replace",
        "4",
        "7");
  }

  @Test
  void aLevelWithoutCrossLayersIsNamed() {
    refuses(
        "a tiger is walking",
        "\"masks\": {\"cross\": {\"words\": [\"bear\"], \"level\": [5, 5], \"record\": 0}}",
        GivenMasks.NONE,
        "masks.cross.level",
        "[5, 5]");
    refuses(
        "a tiger is walking",
        "\"masks\": {\"cross\": {\"words\": [\"bear\"], \"layers\": [\"up\"], \"record\": 0}}",
        GivenMasks.NONE,
        "masks.cross.layers",
        "'up'");
  }

  @Test
  void stepsAreAtMostTheTrainingSteps() {
    EditPlan plan = plan("a tiger is walking", "");
    assertThatThrownBy(
            () ->
                ResolvedPlan.of(
                    plan,
                    EditFixtures.prompt(plan.source()),
                    EditFixtures.prompt(plan.target()),
                    EditFixtures.grid(2, 8, 8),
                    GivenMasks.NONE,
                    3))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("steps is 4, expected 1 to 3");
  }

  @Test
  void givenMasksHaveTheLatentsSize() {
    refuses("a tiger is walking", "", given(4), "mask is [2,4,8], expected [2,8,8]");
  }

  @Test
  void anEntryOfMasksWinsOverTheGivenMask() {
    ResolvedPlan resolved =
        resolve(
            plan(
                "a tiger is walking",
                "\"cross\": {\"window\": [0, 1], \"mask\": true}, \"self\": {\"mode\": \"map\","
                    + " \"window\": [0, 1], \"mask\": true}, \"masks\": {\"cross\": {\"words\":"
                    + " [\"bear\"], \"level\": [4, 4], \"record\": 2}}"),
            given(8));
    assertThat(resolved.derived()).containsOnlyKeys(MaskUse.CROSS);
    assertThat(resolved.given()).containsOnlyKeys(MaskUse.SELF);
    assertThat(resolved.wordMaps().layers()).containsExactly(1, 3);
    assertThat(resolved.wordMaps().wants(2)).isTrue();
    assertThat(resolved.wordMaps().wants(1)).isFalse();
  }

  @Test
  void keepsTheWordMapsThatTheMasksNeed() {
    ResolvedPlan resolved =
        resolve(
            plan(
                "a tiger is walking",
                "\"cross\": {\"window\": [0, 1], \"mask\": true}, \"temporal\": {\"mode\":"
                    + " \"qk\", \"window\": [0, 1], \"mask\": true}, \"masks\": {\"cross\":"
                    + " {\"objects\": [[\"bear\", \"a bear\"], [\"is walking\"]], \"level\":"
                    + " [2, 2], \"record\": \"aware\"}, \"temporal\": {\"words\": [\"bear\"],"
                    + " \"level\": [8, 8], \"record\": 1}}"),
            GivenMasks.NONE);
    // "a bear" and "bear" share a token, which counts once.
    assertThat(resolved.wordMaps().groups()).hasSize(3);
    assertThat(resolved.wordMaps().groups().get(0)).doesNotHaveDuplicates().isSorted();
    assertThat(resolved.derived().get(MaskUse.CROSS).groups()).isEqualTo(List.of(0, 1));
    assertThat(resolved.derived().get(MaskUse.TEMPORAL).groups()).isEqualTo(List.of(2));
    assertThat(resolved.wordMaps().layers()).containsExactly(0, 2);
    for (int k = 0; k < 4; k++) {
      assertThat(resolved.wordMaps().wants(k)).isTrue();
    }
  }

  @Test
  void nothingIsKeptWithoutDerivedMasks() {
    ResolvedPlan resolved =
        resolve(
            plan("a tiger is walking", "\"cross\": {\"window\": [0, 1], \"mask\": true}"),
            given(8));
    assertThat(resolved.wordMaps().wants(0)).isFalse();
  }
}
