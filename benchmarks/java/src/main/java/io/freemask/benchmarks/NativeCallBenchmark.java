package io.freemask.benchmarks;

import io.freemask.tensor.Context;
import io.freemask.tensor.DType;
import io.freemask.tensor.Device;
import io.freemask.tensor.MemoryInfo;
import io.freemask.tensor.Shape;
import io.freemask.tensor.Tensor;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** What it costs to cross from Java into the native library and back. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
// Method handles of downcalls are compiled late: the first iterations are several times slower.
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class NativeCallBenchmark {

  /** A context on the CPU. */
  @State(Scope.Thread)
  public static class Opened {

    Context context;

    @Setup
    public void open() {
      context = Context.open(Device.CPU, 1, 0);
    }

    @TearDown
    public void close() {
      context.close();
    }
  }

  /** Latents [1,4,F,32,32]. */
  @State(Scope.Thread)
  public static class Latents {

    @Param({"8", "24"})
    public int frames;

    Shape shape;
    float[] values;

    @Setup
    public void draw() {
      shape = Shape.of(1, 4, frames, 32, 32);
      values = new float[(int) shape.elements()];
      Random random = new Random(1);
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) random.nextGaussian();
      }
    }
  }

  /** One checked call that fills a struct: arena, downcall, status, a record of what came back. */
  @Benchmark
  public MemoryInfo downcall(Opened opened) {
    return opened.context.memory();
  }

  /** Latents into native memory and back into an array. */
  @Benchmark
  public float[] tensorRoundTrip(Opened opened, Latents latents) {
    try (Tensor tensor = Tensor.of(opened.context, latents.shape, latents.values, DType.F32)) {
      float[] back = tensor.toFloats();
      int last = back.length - 1;
      if (back[last] != latents.values[last]) {
        throw new IllegalStateException("another value came back");
      }
      return back;
    }
  }
}
