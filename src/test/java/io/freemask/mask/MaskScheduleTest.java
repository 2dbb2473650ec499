package io.freemask.mask;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freemask.InvalidInputException;
import java.util.List;
import org.junit.jupiter.api.Test;

class MaskScheduleTest {

  @Test
  void threeDimensionsAreTheSameMaskInAllSteps() {
    MaskSchedule mask = MaskSchedule.of("mask", List.of(1L, 1L, 2L), new float[] {0, 1});
    assertThat(mask.isConstant()).isTrue();
    assertThat(mask.at(7)).isEqualTo(Mask.of(1, 1, 2, new float[] {0, 1}));
    mask.require("mask", 10, 1, 1, 2);
  }

  @Test
  void fourDimensionsAreOneMaskForEachStep() {
    MaskSchedule mask = MaskSchedule.of("mask", List.of(2L, 1L, 1L, 2L), new float[] {0, 1, 1, 0});
    assertThat(mask.isConstant()).isFalse();
    assertThat(mask.at(0)).isEqualTo(Mask.of(1, 1, 2, new float[] {0, 1}));
    assertThat(mask.at(1)).isEqualTo(Mask.of(1, 1, 2, new float[] {1, 0}));
    mask.require("mask", 2, 1, 1, 2);
    assertThatThrownBy(() -> mask.require("mask", 3, 1, 1, 2))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("mask is 2 steps of [1,1,2], expected")
        .hasMessageContaining("each of 3 steps");
  }

  @Test
  void namesTheMaskThatDoesNotFit() {
    MaskSchedule mask = MaskSchedule.of("mask.self", List.of(1L, 1L, 2L), new float[] {0, 1});
    assertThatThrownBy(() -> mask.require("mask.self", 4, 1, 2, 1))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("mask.self is [1,1,2], expected [1,2,1]");
    assertThatThrownBy(() -> MaskSchedule.of("mask.self", List.of(1L, 2L), new float[2]))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("mask.self has the shape [1, 2]");
    assertThatThrownBy(() -> MaskSchedule.of("mask.self", List.of(1L, 1L, 2L), new float[3]))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("mask.self");
    assertThatThrownBy(() -> MaskSchedule.of("mask.self", List.of(1L, 1L, 2L), new float[] {0, 2}))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("mask.self: mask has the value 2.0");
  }

  @Test
  void refusesStepsOfDifferentSizes() {
    Mask one = Mask.of(1, 1, 2, new float[2]);
    Mask other = Mask.of(1, 2, 1, new float[2]);
    assertThatThrownBy(() -> MaskSchedule.stepwise(List.of(one, other)))
        .isInstanceOf(InvalidInputException.class);
    assertThatThrownBy(() -> MaskSchedule.stepwise(List.of()))
        .isInstanceOf(InvalidInputException.class);
  }
}
