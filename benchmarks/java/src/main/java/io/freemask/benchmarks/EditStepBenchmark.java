package io.freemask.benchmarks;

import io.freemask.edit.EditEngine;
import io.freemask.edit.EditListener;
import io.freemask.edit.EditPlan;
import io.freemask.edit.GivenMasks;
import io.freemask.edit.InvertedClip;
import io.freemask.edit.LayerGrid;
import io.freemask.edit.Preset;
import io.freemask.edit.PresetInput;
import io.freemask.model.ModelDirectory;
import io.freemask.model.TextEncoder;
import io.freemask.model.UNet;
import io.freemask.prompt.ClipTokenizer;
import io.freemask.prompt.Prompt;
import io.freemask.scheduler.DdimScheduler;
import io.freemask.tensor.Context;
import io.freemask.tensor.DType;
import io.freemask.tensor.Device;
import io.freemask.tensor.Shape;
import io.freemask.tensor.Tensor;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One step of an edit with the built-in model, and what of it is Java's: the same step with a
 * denoiser that is called with everything and returns at its first check.
 *
 * <p>What is left without the denoiser is choosing and uploading masks, laying out the plan, the
 * downcall, guidance and the scheduler, whose arithmetic is native: an upper bound of Java's share.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
// Half of the first edit is interpreted.
@Warmup(iterations = 3, time = 5)
@Measurement(iterations = 5, time = 5)
@Fork(2)
@State(Scope.Thread)
public class EditStepBenchmark {

  static final int STEPS = 10;

  /** libtorch runs the UNet; returns has it return at the first check, with noise of zeros. */
  @Param({"libtorch", "returns"})
  public String denoiser;

  private Context context;
  private UNet unet;
  private TextEncoder textEncoder;
  private EditEngine engine;
  private InvertedClip clip;
  private EditPlan plan;

  @Setup
  public void open() {
    ModelDirectory model = ModelDirectory.builtIn();
    context = Context.open(Device.CPU, 2, 0);
    unet = model.loadUNet(context, DType.F32);
    textEncoder = model.loadTextEncoder(context, DType.F32);
    ClipTokenizer tokenizer = ClipTokenizer.open(model.tokenizerDirectory());
    EditEngine complete =
        new EditEngine(context, unet, textEncoder, tokenizer, model.schedulerConfig(), false);
    String source = "a red circle moving right on grass";
    List<List<String>> objects = List.of(List.of("circle"));
    try (Tensor latents = noise(Shape.of(1, 4, 8, 16, 16))) {
      clip = complete.invert(source, objects, latents, STEPS, EditListener.NONE);
    }
    plan =
        Preset.ATTRIBUTE.plan(
            new PresetInput(
                Prompt.of(tokenizer, source),
                Prompt.of(tokenizer, "a blue circle moving right on grass"),
                STEPS,
                7.5,
                objects,
                new LayerGrid(unet.attentionLayers(), 8, 16, 16),
                PresetInput.timestepsOf(DdimScheduler.of(model.schedulerConfig(), STEPS))));
    engine =
        denoiser.equals("libtorch")
            ? complete
            : new EditEngine(
                context,
                new ReturningUNet(unet),
                textEncoder,
                tokenizer,
                model.schedulerConfig(),
                false);
  }

  @TearDown
  public void close() {
    clip.close();
    textEncoder.close();
    unet.close();
    context.close();
  }

  private Tensor noise(Shape shape) {
    float[] values = new float[(int) shape.elements()];
    Random random = new Random(1);
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return Tensor.of(context, shape, values, DType.F32);
  }

  @Benchmark
  @OperationsPerInvocation(STEPS)
  public Shape step() {
    try (EditEngine.Edited edited = engine.edit(plan, clip, GivenMasks.NONE, EditListener.NONE)) {
      return edited.latents().shape();
    }
  }
}
