package io.freemask.edit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freemask.InvalidInputException;
import io.freemask.model.AttentionPlan.Mode;
import io.freemask.model.AttentionPlan.Order;
import io.freemask.model.AttentionPlan.Polarity;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PresetTest {

  private static final MaskRule.Layers LEVEL = new MaskRule.Layers.Level(16, 16);
  private static final MaskRule.Timing AWARE = new MaskRule.Timing.Aware();

  private static PresetInput input(String target, int steps, List<List<String>> objects) {
    return new PresetInput(
        EditFixtures.prompt("a bear is walking"),
        EditFixtures.prompt(target),
        steps,
        7.5,
        1,
        objects,
        EditFixtures.grid(8, 64, 64),
        IntStream.range(0, steps).map(k -> k * (1000 / steps) + 1).boxed().toList());
  }

  private static PresetInput bearToTiger() {
    return input("a tiger is walking", 50, List.of(List.of("bear")));
  }

  private static MaskRule rule(MaskRule.Timing record, double threshold) {
    return new MaskRule(List.of(List.of("bear")), LEVEL, record, threshold, true);
  }

  private static EditPlan plan(
      EditPlan.Cross cross,
      EditPlan.Self self,
      EditPlan.Temporal temporal,
      Map<MaskUse, MaskRule> masks,
      EditPlan.LatentBlend blend) {
    return new EditPlan(
        "a bear is walking",
        "a tiger is walking",
        50,
        7.5,
        1,
        cross,
        Map.of(),
        self,
        temporal,
        masks,
        blend);
  }

  private static StepWindow until(double end) {
    return new StepWindow(0, end);
  }

  private static final EditPlan.Temporal TEMPORAL_MAP =
      new EditPlan.Temporal(Mode.MAP, until(0.9), false, Polarity.SOURCE_INSIDE, 0);
  private static final EditPlan.Temporal TEMPORAL_QK =
      new EditPlan.Temporal(Mode.QK, until(0.99), true, Polarity.SOURCE_INSIDE, 1024);
  private static final EditPlan.LatentBlend BLEND = new EditPlan.LatentBlend(until(1), 1);
  private static final MaskRule.Timing NEAR_201 = new MaskRule.Timing.Fixed(10);

  @Test
  void style() {
    assertThat(Preset.STYLE.plan(bearToTiger()))
        .isEqualTo(
            plan(
                new EditPlan.Cross(
                    Mapper.REFINE, until(0.9), Map.of(), false, Order.MAP_THEN_BLEND, 0),
                null,
                TEMPORAL_MAP,
                Map.of(),
                null));
  }

  @Test
  void attribute() {
    MaskRule fixed = rule(NEAR_201, 0.3);
    assertThat(Preset.ATTRIBUTE.plan(bearToTiger()))
        .isEqualTo(
            plan(
                new EditPlan.Cross(
                    Mapper.REPLACE, until(0.8), Map.of(), false, Order.MAP_THEN_BLEND, 0),
                new EditPlan.Self(until(0.9), false, 2048),
                TEMPORAL_MAP,
                Map.of(MaskUse.BLEND, fixed),
                BLEND));
  }

  @Test
  void shape() {
    assertThat(Preset.SHAPE.plan(bearToTiger()))
        .isEqualTo(
            plan(
                new EditPlan.Cross(
                    Mapper.REPLACE, until(0.5), Map.of(), true, Order.MAP_THEN_BLEND, 0),
                new EditPlan.Self(until(0.3), false, 2048),
                TEMPORAL_QK.withMask(false, Polarity.SOURCE_INSIDE),
                Map.of(MaskUse.CROSS, rule(AWARE, 0.3), MaskUse.BLEND, rule(NEAR_201, 0.3)),
                BLEND));
  }

  @Test
  void parity() {
    MaskRule aware = rule(AWARE, 0.4);
    assertThat(Preset.PARITY.plan(bearToTiger()))
        .isEqualTo(
            plan(
                new EditPlan.Cross(
                    Mapper.REFINE, until(0.5), Map.of(), true, Order.BLEND_THEN_MAP, 0),
                new EditPlan.Self(until(0.3), true, 2048),
                TEMPORAL_QK,
                Map.of(
                    MaskUse.CROSS,
                    aware,
                    MaskUse.SELF,
                    aware,
                    MaskUse.TEMPORAL,
                    rule(NEAR_201, 0.4)),
                null));
  }

  @Test
  void noneControlsNothing() {
    assertThat(Preset.NONE.plan(bearToTiger())).isEqualTo(plan(null, null, null, Map.of(), null));
  }

  @Test
  void refineWhereWordCountsDiffer() {
    PresetInput input = input("a tiger is walking in snow", 50, List.of(List.of("bear")));
    assertThat(Preset.ATTRIBUTE.plan(input).cross())
        .extracting(EditPlan.Cross::mapper)
        .isEqualTo(Mapper.REFINE);
    assertThat(Preset.SHAPE.plan(input).cross())
        .extracting(EditPlan.Cross::mapper)
        .isEqualTo(Mapper.REFINE);
  }

  @Test
  void withoutObjectsTheMasksAreLeftToTheUser() {
    PresetInput input = input("a tiger is walking", 50, List.of());
    assertThat(Preset.SHAPE.plan(input).masks()).isEmpty();
    assertThat(Preset.SHAPE.plan(input).usesMask(MaskUse.CROSS)).isTrue();
  }

  @Test
  void theFixedRecordIsNearest201() {
    assertThat(input("a tiger is walking", 50, List.of()).fixedRecord()).isEqualTo(10);
    assertThat(input("a tiger is walking", 10, List.of()).fixedRecord()).isEqualTo(2);
    assertThat(input("a tiger is walking", 20, List.of()).fixedRecord()).isEqualTo(4);
    assertThat(input("a tiger is walking", 1, List.of()).fixedRecord()).isZero();
    assertThatThrownBy(
            () ->
                new PresetInput(
                    EditFixtures.prompt("a"),
                    EditFixtures.prompt("a"),
                    2,
                    1,
                    1,
                    List.of(),
                    EditFixtures.grid(1, 8, 8),
                    List.of(1)))
        .isInstanceOf(InvalidInputException.class);
  }
}
