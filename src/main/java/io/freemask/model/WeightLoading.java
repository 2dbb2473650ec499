package io.freemask.model;

import io.freemask.InvalidInputException;
import io.freemask.internal.ffi.Handle;
import io.freemask.tensor.Context;
import io.freemask.tensor.DType;
import io.freemask.weights.Checkpoint;
import java.nio.file.Path;

/** Makes native models from the folders of their weights. */
final class WeightLoading {

  private WeightLoading() {}

  /** Makes a native model from weights. */
  @FunctionalInterface
  interface Creation {

    /**
     * Makes the model.
     *
     * @param destroyed to be called when the model was destroyed
     */
    Handle create(Handle weights, Runnable destroyed);
  }

  /** Finds the weights that diffusers writes. */
  static Checkpoint diffusers(Path folder) {
    return Checkpoint.find(folder, "diffusion_pytorch_model", "diffusion_pytorch_model");
  }

  /** Finds the weights that transformers writes. */
  static Checkpoint transformers(Path folder) {
    return Checkpoint.find(folder, "model", "pytorch_model");
  }

  /**
   * Makes a model. The checkpoint stays open until the model is destroyed, since the model may use
   * the mapped bytes; it is closed at once when there will be no model.
   */
  static Handle load(
      Path folder, Checkpoint checkpoint, Context context, DType dtype, Creation creation) {
    try {
      if (!dtype.isFloatingPoint()) {
        throw new InvalidInputException("dtype " + dtype + ", expected F32, F16 or BF16");
      }
      try (Handle weights = checkpoint.load(context)) {
        return creation.create(weights, checkpoint::close);
      }
    } catch (InvalidInputException e) {
      checkpoint.close();
      String message = String.valueOf(e.getMessage());
      throw message.contains(folder.toString())
          ? e
          : new InvalidInputException(folder + ": " + message, e);
    } catch (RuntimeException e) {
      checkpoint.close();
      throw e;
    }
  }
}
