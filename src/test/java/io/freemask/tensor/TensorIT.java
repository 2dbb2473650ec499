package io.freemask.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freemask.InvalidInputException;
import io.freemask.OutOfMemoryException;
import io.freemask.model.NativeTestContext;
import org.junit.jupiter.api.Test;

class TensorIT {

  private static Tensor of(NativeTestContext test, Shape shape, float... values) {
    return test.add(Tensor.of(test.context(), shape, values, DType.F32));
  }

  @Test
  void valuesGoThereAndBack() {
    try (NativeTestContext test = NativeTestContext.open()) {
      float[] values = {0, -0.0f, 1.5f, Float.MIN_VALUE, Float.MAX_VALUE, Float.NaN};
      Tensor tensor = of(test, Shape.of(2, 3), values);

      assertThat(tensor.toFloats()).containsExactly(values);
      assertThat(tensor.shape()).isEqualTo(Shape.of(2, 3));
      assertThat(tensor.dtype()).isEqualTo(DType.F32);
      assertThat(tensor.context()).isSameAs(test.context());
      assertThat(of(test, Shape.of(), 7).toFloats()).containsExactly(7);
      assertThat(of(test, Shape.of(0, 4)).toFloats()).isEmpty();
    }
  }

  @Test
  void storageRounds() {
    try (NativeTestContext test = NativeTestContext.open()) {
      float third = 1 / 3f;
      Tensor half =
          test.add(Tensor.of(test.context(), Shape.of(1), new float[] {third}, DType.F16));
      Tensor brain =
          test.add(Tensor.of(test.context(), Shape.of(1), new float[] {third}, DType.BF16));

      assertThat(half.dtype()).isEqualTo(DType.F16);
      assertThat(half.toFloats())
          .containsExactly(Float.float16ToFloat(Float.floatToFloat16(third)));
      assertThat(brain.toFloats()[0]).isEqualTo(0.333984375f);
      assertThat(test.add(half.scale(2)).dtype()).isEqualTo(DType.F32);
    }
  }

  @Test
  void combineScaleAndBlend() {
    try (NativeTestContext test = NativeTestContext.open()) {
      Tensor x = of(test, Shape.of(3), 1, 2, 3);
      Tensor y = of(test, Shape.of(3), 10, 20, 30);
      assertThat(test.add(Tensor.combine(2, x, -0.5f, y)).toFloats()).containsExactly(-3, -6, -9);
      assertThat(test.add(x.scale(-2)).toFloats()).containsExactly(-2, -4, -6);
      assertThat(x.toFloats()).containsExactly(1, 2, 3);

      Tensor base = of(test, Shape.of(1, 2, 1, 1, 2), 0, 0, 10, 10);
      Tensor top = of(test, Shape.of(1, 2, 1, 1, 2), 4, 4, 20, 20);
      Tensor mask = of(test, Shape.of(1, 1, 2), 1, 0.25f);
      assertThat(test.add(Tensor.blend(base, top, mask)).toFloats())
          .containsExactly(4, 1, 20, 12.5f);
    }
  }

  @Test
  void shapesThatDoNotFit() {
    try (NativeTestContext test = NativeTestContext.open()) {
      Tensor x = of(test, Shape.of(3), 1, 2, 3);
      Tensor y = of(test, Shape.of(2), 1, 2);

      assertThatThrownBy(() -> Tensor.combine(1, x, 1, y))
          .isInstanceOf(InvalidInputException.class)
          .hasMessage("y has the shape [2], expected [3]");
      assertThatThrownBy(() -> Tensor.blend(x, x, y))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("mask");
      assertThatThrownBy(() -> Tensor.of(test.context(), Shape.of(2), new float[3], DType.F32))
          .isInstanceOf(InvalidInputException.class)
          .hasMessage("shape [2] has 2 elements, got 3");
    }
  }

  @Test
  void useAfterClose() {
    try (NativeTestContext test = NativeTestContext.open()) {
      Tensor x = of(test, Shape.of(1), 1);
      Tensor y = of(test, Shape.of(1), 1);
      x.close();
      x.close();

      assertThatThrownBy(x::toFloats)
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("the tensor is closed");
      assertThatThrownBy(() -> Tensor.combine(1, y, 1, x))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("the tensor is closed");
      assertThat(y.toFloats()).containsExactly(1);
      assertThat(x.toString()).contains("closed");
    }
  }

  @Test
  void closingTheContextFirstIsSafe() {
    long before = Context.liveHandles();
    Context context = Context.open(Device.CPU, 1, 0);
    Tensor tensor = Tensor.of(context, Shape.of(1), new float[] {1}, DType.F32);
    context.close();
    context.close();

    assertThatThrownBy(tensor::toFloats)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("the context is closed");
    assertThatThrownBy(() -> Tensor.of(context, Shape.of(1), new float[1], DType.F32))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("the context is closed");
    assertThatThrownBy(context::memory).isInstanceOf(IllegalStateException.class);
    assertThat(Context.liveHandles()).as("the tensor keeps the context").isEqualTo(before + 2);
    tensor.close();
    assertThat(Context.liveHandles()).isEqualTo(before);
  }

  @Test
  void tensorsOfTwoContextsDoNotMix() {
    try (NativeTestContext test = NativeTestContext.open()) {
      Context other = test.add(Context.open(Device.CPU, 0, 0));
      Tensor x = of(test, Shape.of(1), 1);
      Tensor y = test.add(Tensor.of(other, Shape.of(1), new float[] {1}, DType.F32));

      assertThatThrownBy(() -> Tensor.combine(1, x, 1, y))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("another context");
    }
  }

  @Test
  void memoryIsCounted() {
    int elements = 1 << 20;
    try (NativeTestContext test = NativeTestContext.open()) {
      test.context().releaseCache();
      long before = test.context().memory().usedBytes();
      Tensor tensor = of(test, Shape.of(elements), new float[elements]);
      MemoryInfo held = test.context().memory();
      assertThat(held.usedBytes() - before).isBetween(4L * elements, 5L * elements);
      tensor.close();
      MemoryInfo freed = test.context().memory();
      assertThat(freed.usedBytes()).isEqualTo(before);
      assertThat(freed.peakBytes()).isGreaterThanOrEqualTo(held.usedBytes());
      assertThat(freed.cachedBytes()).isGreaterThanOrEqualTo(4L * elements);
      test.context().releaseCache();
      assertThat(test.context().memory().cachedBytes()).isZero();
      test.context().resetPeak();
      assertThat(test.context().memory().peakBytes()).isEqualTo(before);
    }
  }

  @Test
  void theMemoryLimitIsAnOutOfMemoryAndTheContextLives() {
    long used;
    try (Context context = Context.open(Device.CPU, 0, 0)) {
      used = context.memory().usedBytes();
    }
    try (Context context = Context.open(Device.CPU, 0, used + (8L << 20))) {
      assertThatThrownBy(() -> Tensor.of(context, Shape.of(4 << 20), new float[4 << 20], DType.F32))
          .isInstanceOf(OutOfMemoryException.class)
          .hasMessageContaining("limit");
      try (Tensor small = Tensor.of(context, Shape.of(1), new float[] {3}, DType.F32)) {
        assertThat(small.toFloats()).containsExactly(3);
      }
    } finally {
      // The limit is the process's: the next context lifts it.
      Context.open(Device.CPU, 0, 0).close();
    }
  }

  @Test
  void devicesAndSettingsThatDoNotExist() {
    assertThatThrownBy(() -> Context.open(new Device(Device.Kind.CUDA, 99), 0, 0))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("cuda");
    assertThatThrownBy(() -> Context.open(Device.CPU, -1, 0))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage("threads is -1, expected 0 or more");
    assertThatThrownBy(() -> Context.open(Device.CPU, 0, -1))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("memory limit");
  }
}
