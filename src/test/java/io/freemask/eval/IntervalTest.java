package io.freemask.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class IntervalTest {

  @Test
  void nearTheNormalIntervalForManyValues() {
    Random random = new Random(5);
    List<Double> values = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      values.add(3 + 2 * random.nextGaussian());
    }
    double mean = values.stream().mapToDouble(v -> v).average().orElseThrow();
    double variance =
        values.stream().mapToDouble(v -> (v - mean) * (v - mean)).sum() / (values.size() - 1);
    double half = 1.96 * Math.sqrt(variance / values.size());
    Interval interval = Interval.of(values);
    assertThat(interval.mean()).isEqualTo(mean, within(1e-12));
    assertThat(interval.low()).isEqualTo(mean - half, within(0.02));
    assertThat(interval.high()).isEqualTo(mean + half, within(0.02));
    assertThat(interval.count()).isEqualTo(400);
    assertThat(interval.excludesZero()).isTrue();
    assertThat(Interval.of(values)).isEqualTo(interval);
  }

  @Test
  void equalValuesHaveNoWidth() {
    Interval interval = Interval.of(Collections.nCopies(3, -1.5));
    assertThat(interval).isEqualTo(new Interval(-1.5, -1.5, -1.5, 3));
    assertThat(interval.excludesZero()).isTrue();
    assertThat(Interval.of(List.of(-1.0, 1.0)).excludesZero()).isFalse();
    assertThatThrownBy(() -> Interval.of(List.of())).isInstanceOf(IllegalArgumentException.class);
  }
}
