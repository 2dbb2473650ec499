package io.freemask.mmc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.freemask.InvalidInputException;
import io.freemask.mask.Mask;
import io.freemask.model.Golden;
import org.junit.jupiter.api.Test;

class ConfusionTest {

  private static final Mask TRUTH = Mask.of(1, 2, 4, new float[] {1, 1, 1, 0, 0, 0, 0, 0});
  private static final Mask PREDICTED = Mask.of(1, 2, 4, new float[] {0, 1, 1, 1, 1, 0, 0, 0});

  @Test
  void countsPixelsAndTakesTheMeanOfBothClasses() {
    Confusion confusion = Confusion.of(PREDICTED, TRUTH);
    assertThat(confusion).isEqualTo(new Confusion(2, 2, 1, 3));
    assertThat(confusion.objectIou()).isEqualTo(2 / 5.0);
    assertThat(confusion.backgroundIou()).isEqualTo(3 / 6.0);
    assertThat(confusion.miou()).isCloseTo(0.45, within(1e-15));
    assertThat(confusion.pixels()).isEqualTo(8);
  }

  @Test
  void framesArePooledAndNotAveraged() {
    Confusion exact = Confusion.of(TRUTH, TRUTH);
    assertThat(exact.miou()).isEqualTo(1);
    Confusion pooled = exact.plus(Confusion.of(PREDICTED, TRUTH));
    assertThat(pooled).isEqualTo(new Confusion(5, 2, 1, 8));
    assertThat(pooled.objectIou()).isEqualTo(5 / 8.0);
    assertThat(pooled).isEqualTo(Confusion.NONE.plus(pooled));
  }

  @Test
  void aClassThatNeitherMaskHasIsMatched() {
    Mask nothing = Mask.of(1, 2, 4, new float[8]);
    assertThat(Confusion.of(nothing, nothing).miou()).isEqualTo(1);
    assertThat(Confusion.of(nothing, TRUTH).objectIou()).isZero();
    assertThat(Confusion.of(nothing, TRUTH).miou()).isEqualTo(5 / 8.0 / 2);
  }

  @Test
  void masksOfUnequalSizesAreRefused() {
    for (Mask other :
        new Mask[] {
          Mask.of(2, 2, 4, new float[16]),
          Mask.of(1, 4, 2, new float[8]),
          Mask.of(1, 2, 2, new float[4])
        }) {
      assertThatThrownBy(() -> Confusion.of(other, TRUTH))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("the mask is " + other)
          .hasMessageContaining("[1,2,4]");
    }
    assertThatThrownBy(() -> new Confusion(1, 1, -1, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("-1");
  }

  @Test
  void aMaskOfAnotherSizeIsComparedAfterNearestResize() throws Exception {
    JsonNode expected = new ObjectMapper().readTree(Golden.path("mmc/resized.json").toFile());
    Mask mask = mask(expected.get("mask"));
    Mask truth = mask(expected.get("truth"));
    assertThatThrownBy(() -> Confusion.of(mask, truth)).isInstanceOf(InvalidInputException.class);
    Confusion confusion = Confusion.of(mask.resize(truth.height(), truth.width()), truth);
    assertThat(confusion.miou()).isEqualTo(expected.get("miou").asDouble()).isBetween(0.7, 0.8);
    assertThat(confusion.objectIou()).isEqualTo(expected.get("object_iou").asDouble());
  }

  private static Mask mask(JsonNode rows) {
    int width = rows.get(0).asText().length();
    float[] values = new float[rows.size() * width];
    for (int i = 0; i < values.length; i++) {
      values[i] = rows.get(i / width).asText().charAt(i % width) - '0';
    }
    return Mask.of(1, rows.size(), width, values);
  }

  @Test
  void theFormsOfTheCostFallWithTheMiou() {
    assertThat(MatchingCost.ONE_MINUS_MIOU.of(0.75)).isEqualTo(0.25);
    assertThat(MatchingCost.TEN_TIMES_ONE_MINUS_MIOU.of(0.75)).isEqualTo(2.5);
    assertThat(MatchingCost.INVERSE_MIOU.of(0.5)).isEqualTo(2);
    assertThat(MatchingCost.INVERSE_MIOU.of(0)).isEqualTo(1000);
    for (MatchingCost cost : MatchingCost.values()) {
      assertThat(cost.of(0.6)).as(cost.key()).isLessThan(cost.of(0.5));
    }
  }
}
