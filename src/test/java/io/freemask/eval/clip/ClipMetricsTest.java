package io.freemask.eval.clip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

/** The metrics of embeddings that are written down. */
class ClipMetricsTest {

  private static final float[] SOURCE = {1, 0};
  private static final float[] TARGET = {0, 1};

  @Test
  void countsTheFramesThatAreNearerToTheTarget() {
    float[][] frames = {{0.6f, 0.8f}, {0.8f, 0.6f}, {0, 1}, {-1, 0}};

    ClipMetrics metrics = ClipMetrics.of(frames, SOURCE, TARGET);

    assertThat(metrics.frameAccuracy()).isEqualTo(0.75);
    assertThat(metrics.textAlignment()).isCloseTo((0.8 + 0.6 + 1 + 0) / 4, within(1e-7));
    assertThat(metrics.temporalConsistency().orElseThrow())
        .isCloseTo((0.96 + 0.6 + 0) / 3, within(1e-7));
  }

  @Test
  void equalCosinesFavourNeither() {
    float[][] frames = {{0.6f, 0.8f}, {0.6f, 0.8f}};

    assertThat(ClipMetrics.of(frames, TARGET, TARGET).frameAccuracy()).isZero();
  }

  @Test
  void oneFrameHasNoTemporalConsistency() {
    ClipMetrics metrics = ClipMetrics.of(new float[][] {{0, 1}}, SOURCE, TARGET);

    assertThat(metrics).isEqualTo(new ClipMetrics(1, OptionalDouble.empty(), 1));
  }

  @Test
  void valuesOutOfRangeAreRefused() {
    assertThatThrownBy(() -> new ClipMetrics(1.5, OptionalDouble.empty(), 0))
        .hasMessage("frameAccuracy is 1.5, expected 0 to 1");
    assertThatThrownBy(() -> new ClipMetrics(1, OptionalDouble.of(Double.NaN), 0))
        .hasMessage("temporalConsistency is NaN, expected -1 to 1");
    assertThatThrownBy(() -> new ClipMetrics(1, OptionalDouble.empty(), 2))
        .hasMessage("textAlignment is 2.0, expected -1 to 1");
  }
}
