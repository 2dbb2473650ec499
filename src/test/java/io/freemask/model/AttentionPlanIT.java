package io.freemask.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freemask.InvalidInputException;
import io.freemask.model.AttentionPlan.Cross;
import io.freemask.model.AttentionPlan.Mode;
import io.freemask.model.AttentionPlan.Order;
import io.freemask.model.AttentionPlan.Polarity;
import io.freemask.model.AttentionPlan.Self;
import io.freemask.model.AttentionPlan.Temporal;
import io.freemask.tensor.AttentionPath;
import io.freemask.tensor.AttentionRuns;
import io.freemask.tensor.DType;
import io.freemask.tensor.Shape;
import io.freemask.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Plans whose effect is known without a reference. */
class AttentionPlanIT {

  private static final int FRAMES = 3;
  private static final int HEIGHT = 6;
  private static final int WIDTH = 10;
  private static final int TOKENS = 7;

  /** Three items of the tiny model on an odd level: 6x10, then 3x5. */
  private static final class Fixture {

    final NativeTestContext test;
    final UNet unet;
    final List<Tensor> latents = new ArrayList<>();
    final List<Tensor> text = new ArrayList<>();

    Fixture(NativeTestContext test) {
      this.test = test;
      unet = test.add(UNet.load(Golden.path("tiny-model/unet"), test.context(), DType.F32));
      for (int item = 0; item < 3; item++) {
        latents.add(random(10 + item, Shape.of(1, 4, FRAMES, HEIGHT, WIDTH)));
        text.add(random(20 + item, Shape.of(1, TOKENS, 32)));
      }
    }

    Tensor random(int seed, Shape shape) {
      Random random = new Random(seed);
      float[] values = new float[Math.toIntExact(shape.elements())];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) random.nextGaussian();
      }
      return test.add(Tensor.of(test.context(), shape, values, DType.F32));
    }

    List<Tensor> masks(float value) {
      List<Tensor> masks = new ArrayList<>();
      for (int[] level : new int[][] {{HEIGHT, WIDTH}, {HEIGHT / 2, WIDTH / 2}}) {
        float[] values = new float[FRAMES * level[0] * level[1]];
        Arrays.fill(values, value);
        masks.add(
            test.add(
                Tensor.of(
                    test.context(), Shape.of(FRAMES, level[0], level[1]), values, DType.F32)));
      }
      return masks;
    }

    List<float[]> run(@Nullable AttentionPlan plan) {
      return run(latents, text, plan);
    }

    List<float[]> run(List<Tensor> x, List<Tensor> e, @Nullable AttentionPlan plan) {
      return test.add(unet.forward(x, e, 401, plan, null, Callbacks.NONE)).noise().stream()
          .map(Tensor::toFloats)
          .toList();
    }
  }

  private static Cross cross(Order order, List<Tensor> masks) {
    return new Cross(order, 0, null, null, null, null, TOKENS, masks);
  }

  private static AttentionPlan plan(
      @Nullable Cross cross, @Nullable Self self, @Nullable Temporal temporal) {
    return new AttentionPlan(new AttentionPlan.Item(0), 2, cross, self, temporal);
  }

  private static double difference(float[] a, float[] b) {
    double largest = 1;
    double difference = 0;
    for (int i = 0; i < a.length; i++) {
      largest = Math.max(largest, Math.abs(b[i]));
      difference = Math.max(difference, Math.abs((double) a[i] - b[i]));
    }
    return difference / largest;
  }

  @Test
  void theEditEverywhereIsTheUncontrolledForward() {
    try (NativeTestContext test = NativeTestContext.open()) {
      Fixture f = new Fixture(test);
      List<float[]> free = f.run(null);
      List<AttentionPlan> plans =
          List.of(
              plan(null, null, null),
              plan(cross(Order.MAP_THEN_BLEND, f.masks(1)), null, null),
              plan(cross(Order.BLEND_THEN_MAP, f.masks(1)), null, null),
              plan(null, new Self(0, f.masks(1)), null),
              plan(null, null, new Temporal(Mode.MAP, Polarity.EDIT_INSIDE, 0, f.masks(1))),
              plan(null, null, new Temporal(Mode.QK, Polarity.EDIT_INSIDE, 0, f.masks(1))),
              plan(null, null, new Temporal(Mode.MAP, Polarity.SOURCE_INSIDE, 0, f.masks(0))),
              plan(null, null, new Temporal(Mode.QK, Polarity.SOURCE_INSIDE, 0, f.masks(0))));
      for (AttentionPlan plan : plans) {
        List<float[]> controlled = f.run(plan);
        for (int item = 0; item < 3; item++) {
          assertThat(difference(controlled.get(item), free.get(item)))
              .as("item %d of %s", item, plan)
              .isLessThan(1e-6);
        }
      }
    }
  }

  @Test
  void theSourceEverywhereIsThePlanWithoutMasksAndChangesTheEditAlone() {
    try (NativeTestContext test = NativeTestContext.open()) {
      Fixture f = new Fixture(test);
      List<float[]> free = f.run(null);
      List<List<AttentionPlan>> pairs =
          List.of(
              List.of(
                  plan(cross(Order.MAP_THEN_BLEND, List.of()), null, null),
                  plan(cross(Order.MAP_THEN_BLEND, f.masks(0)), null, null)),
              List.of(
                  plan(null, new Self(0, List.of()), null),
                  plan(null, new Self(0, f.masks(0)), null)),
              List.of(
                  plan(null, null, new Temporal(Mode.MAP, Polarity.EDIT_INSIDE, 0, List.of())),
                  plan(null, null, new Temporal(Mode.MAP, Polarity.EDIT_INSIDE, 0, f.masks(0)))),
              List.of(
                  plan(null, null, new Temporal(Mode.QK, Polarity.SOURCE_INSIDE, 0, List.of())),
                  plan(null, null, new Temporal(Mode.QK, Polarity.SOURCE_INSIDE, 0, f.masks(1)))));
      for (List<AttentionPlan> pair : pairs) {
        List<float[]> unmasked = f.run(pair.get(0));
        List<float[]> masked = f.run(pair.get(1));
        assertThat(difference(masked.get(2), unmasked.get(2)))
            .as("%s", pair.get(1))
            .isLessThan(1e-6);
        assertThat(difference(masked.get(2), free.get(2))).isGreaterThan(1e-3);
        assertThat(difference(masked.get(0), free.get(0))).isLessThan(1e-6);
        assertThat(difference(masked.get(1), free.get(1))).isLessThan(1e-6);
      }
    }
  }

  @Test
  void anEditThatEqualsItsSourceIsLeftAlone() {
    try (NativeTestContext test = NativeTestContext.open()) {
      Fixture f = new Fixture(test);
      List<Tensor> x = List.of(f.latents.get(0), f.latents.get(1), f.latents.get(0));
      List<Tensor> e = List.of(f.text.get(0), f.text.get(1), f.text.get(0));
      List<float[]> free = f.run(x, e, null);
      List<float[]> controlled =
          f.run(
              x,
              e,
              plan(
                  cross(Order.MAP_THEN_BLEND, f.masks(0.3f)),
                  new Self(0, f.masks(0.6f)),
                  new Temporal(Mode.MAP, Polarity.SOURCE_INSIDE, 0, f.masks(0.5f))));

      assertThat(difference(controlled.get(2), free.get(2))).isLessThan(1e-6);
      assertThat(difference(free.get(2), free.get(0))).isLessThan(1e-6);
    }
  }

  @Test
  void alphaZeroAndSmallLimitsTurnTheFusionOff() {
    try (NativeTestContext test = NativeTestContext.open()) {
      Fixture f = new Fixture(test);
      float[] free = f.run(null).get(2);
      List<AttentionPlan> plans =
          List.of(
              plan(
                  new Cross(
                      Order.MAP_THEN_BLEND,
                      0,
                      null,
                      null,
                      null,
                      new float[TOKENS],
                      TOKENS,
                      List.of()),
                  null,
                  null),
              plan(
                  new Cross(
                      Order.MAP_THEN_BLEND,
                      0,
                      null,
                      new float[TOKENS],
                      null,
                      null,
                      TOKENS,
                      List.of()),
                  null,
                  null),
              plan(
                  new Cross(Order.MAP_THEN_BLEND, 14, null, null, null, null, TOKENS, List.of()),
                  new Self(14, List.of()),
                  new Temporal(Mode.QK, Polarity.SOURCE_INSIDE, 14, List.of())));
      for (AttentionPlan plan : plans) {
        assertThat(difference(f.run(plan).get(2), free)).as("%s", plan).isLessThan(1e-6);
      }
      // 15 positions are those of the inner level: it alone is controlled.
      assertThat(difference(f.run(plan(null, new Self(15, List.of()), null)).get(2), free))
          .isGreaterThan(1e-4);
    }
  }

  @Test
  void identityMatrixAndOnesAreTheDefaults() {
    try (NativeTestContext test = NativeTestContext.open()) {
      Fixture f = new Fixture(test);
      float[] matrix = new float[TOKENS * TOKENS];
      for (int i = 0; i < TOKENS; i++) {
        matrix[i * TOKENS + i] = 1;
      }
      float[] ones = new float[TOKENS];
      Arrays.fill(ones, 1);
      Cross given =
          new Cross(Order.MAP_THEN_BLEND, 0, matrix, ones, ones, ones, TOKENS, f.masks(0.4f));
      Cross byDefault = cross(Order.MAP_THEN_BLEND, f.masks(0.4f));

      assertThat(
              difference(
                  f.run(plan(given, null, null)).get(2), f.run(plan(byDefault, null, null)).get(2)))
          .isLessThan(1e-6);
      // A matrix that moves tokens, and an equaliser, do something.
      float[] moved = matrix.clone();
      moved[TOKENS + 1] = 0;
      moved[TOKENS + 2] = 1;
      float[] louder = ones.clone();
      louder[3] = 4;
      float[] base = f.run(plan(given, null, null)).get(2);
      for (Cross other :
          List.of(
              new Cross(Order.MAP_THEN_BLEND, 0, moved, null, null, null, TOKENS, f.masks(0.4f)),
              new Cross(Order.MAP_THEN_BLEND, 0, null, null, louder, null, TOKENS, f.masks(0.4f)),
              new Cross(Order.BLEND_THEN_MAP, 0, moved, null, null, null, TOKENS, f.masks(0.4f)))) {
        assertThat(difference(f.run(plan(other, null, null)).get(2), base)).isGreaterThan(1e-4);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void bothOrdersAreTheSameForAMatrixThatIsTheIdentity(Order order) {
    try (NativeTestContext test = NativeTestContext.open()) {
      Fixture f = new Fixture(test);
      float[] one = f.run(plan(cross(Order.MAP_THEN_BLEND, f.masks(0.4f)), null, null)).get(2);
      float[] two = f.run(plan(cross(order, f.masks(0.4f)), null, null)).get(2);

      assertThat(difference(one, two)).isLessThan(1e-6);
    }
  }

  @Test
  void plansThatDoNotFit() {
    assertThatThrownBy(() -> new AttentionPlan(new AttentionPlan.Item(1), 1, null, null, null))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("from Item[item=1] into item 1, expected another item");
    assertThatThrownBy(
            () -> new Cross(Order.MAP_THEN_BLEND, 0, new float[3], null, null, null, 2, List.of()))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage("cross attention plan: matrix has 3 values, expected 4");
    assertThatThrownBy(() -> new Self(-1, List.of()))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("max_tokens is -1");
    assertThatThrownBy(() -> new WordCapture(0, List.of(new int[0])))
        .isInstanceOf(InvalidInputException.class);
    try (NativeTestContext test = NativeTestContext.open()) {
      Fixture f = new Fixture(test);
      Stream.of(
              new AttentionPlan(new AttentionPlan.Item(0), 3, null, new Self(0, List.of()), null),
              // No mask for the inner level.
              plan(null, new Self(0, f.masks(1).subList(0, 1)), null),
              // A plan for another number of tokens than the text has.
              plan(
                  new Cross(Order.MAP_THEN_BLEND, 0, null, null, null, null, TOKENS + 1, List.of()),
                  null,
                  null),
              // A mask for another number of frames.
              plan(null, new Self(0, List.of(f.random(1, Shape.of(2, HEIGHT, WIDTH)))), null))
          .forEach(
              plan ->
                  assertThatThrownBy(() -> f.run(plan))
                      .as("%s", plan)
                      .isInstanceOf(InvalidInputException.class));
    }
  }

  /** The kernels and the reference operations are two ways to the same edit. */
  @Test
  void bothPathsOfAttentionGiveTheSameAndAreCounted() {
    List<List<float[]>> results = new ArrayList<>();
    for (AttentionPath path : List.of(AttentionPath.REFERENCE, AttentionPath.FUSED)) {
      try (NativeTestContext test = NativeTestContext.open(path)) {
        Fixture f = new Fixture(test);
        results.add(
            f.run(
                plan(
                    cross(Order.MAP_THEN_BLEND, f.masks(0.25F)),
                    new Self(0, f.masks(0.25F)),
                    new Temporal(Mode.QK, Polarity.SOURCE_INSIDE, 0, f.masks(0.25F)))));
        List<AttentionRuns> runs = test.context().attentionRuns();
        assertThat(runs)
            .extracting(AttentionRuns::operation)
            .contains(
                "masked_self_attention", "masked_cross_attention", "masked_temporal_attention");
        assertThat(runs).allMatch(r -> r.calls() > 0);
        if (path == AttentionPath.REFERENCE) {
          assertThat(runs).allMatch(r -> r.kernel().equals("reference") && !r.reason().isEmpty());
        } else {
          assertThat(runs).noneMatch(r -> r.kernel().equals("reference"));
          assertThat(runs).allMatch(r -> r.reason().isEmpty());
        }
      }
    }
    for (int item = 0; item < 3; item++) {
      assertThat(difference(results.get(1).get(item), results.get(0).get(item)))
          .as("item %d", item)
          .isLessThan(1e-5);
    }
  }

  /** The tiny model in fp16: no kernel takes it, and a forced path says so. */
  @Test
  void aForcedKernelThatCannotRunFails() {
    try (NativeTestContext test = NativeTestContext.open(AttentionPath.FUSED)) {
      UNet half = test.add(UNet.load(Golden.path("tiny-model/unet"), test.context(), DType.F16));
      Fixture f = new Fixture(test);
      assertThatThrownBy(() -> half.forward(f.latents, f.text, 401, null, null, Callbacks.NONE))
          .hasMessageContaining(
              "temporal_attention has no kernel for this call: check_dtype: Half");
    }
  }
}
