package io.freemask.cli;

import io.freemask.InvalidInputException;
import io.freemask.model.Callbacks;
import io.freemask.model.ModelDirectory;
import io.freemask.tensor.Context;
import io.freemask.tensor.DType;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** What the parts have in common: a model, an input file, an output file, a device. */
abstract class ComponentPart extends BaseCommand {

  @Option(
      names = "--model",
      paramLabel = "DIR",
      description = "Folder of a diffusers text-to-video model. Default: the built-in model.")
  private @Nullable Path model;

  @Option(names = "--in", paramLabel = "FILE", description = "Input tensors, safetensors.")
  private @Nullable Path in;

  @Option(names = "--out", paramLabel = "FILE", description = "Output tensors, safetensors.")
  private @Nullable Path out;

  @Option(names = "--overwrite", description = "Replace the output if it exists.")
  private boolean overwrite;

  @Mixin private DeviceOptions device = new DeviceOptions();

  /**
   * What a part runs with.
   *
   * @param model the model directory
   * @param context the device
   * @param dtype precision of the model
   * @param callbacks carry a cancellation into the forward passes
   * @param inputs the input tensors
   * @param outputs receives the results
   */
  record Work(
      ModelDirectory model,
      Context context,
      DType dtype,
      Callbacks callbacks,
      TensorInputs inputs,
      TensorOutputs outputs) {}

  /** Checks the inputs and computes the outputs. */
  abstract void compute(Work work);

  /** Returns whether the part can work without an input file. */
  boolean inputOptional() {
    return false;
  }

  @Override
  public final Integer call() {
    Path target = required("--out", out);
    if (!overwrite && Files.exists(target)) {
      throw new InvalidInputException(target + " exists already; --overwrite replaces it");
    }
    Path source = inputOptional() ? in : required("--in", in);
    try (TensorInputs inputs = source == null ? TensorInputs.none() : TensorInputs.open(source);
        Context context = device.open()) {
      ModelDirectory directory =
          model == null ? ModelDirectory.builtIn() : ModelDirectory.open(model);
      TensorOutputs outputs = new TensorOutputs();
      Callbacks callbacks = Callbacks.tick(session().token()::isCancelled);
      compute(new Work(directory, context, device.dtype, callbacks, inputs, outputs));
      outputs.write(target);
      note("wrote " + outputs.size() + " tensors to " + target);
    }
    return ExitCode.OK;
  }

  final <T> T required(String name, @Nullable T value) {
    if (value == null) {
      throw new ParameterException(spec().commandLine(), name + " is missing");
    }
    return value;
  }
}
