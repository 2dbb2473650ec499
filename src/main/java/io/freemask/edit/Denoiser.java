package io.freemask.edit;

import io.freemask.CancelledException;
import io.freemask.OutOfMemoryException;
import io.freemask.model.Callbacks;
import io.freemask.model.UNet;
import io.freemask.scheduler.DdimScheduler;
import io.freemask.tensor.Tensor;
import java.util.List;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What inversion and denoising have in common: the UNet, the schedule, and how a run is followed.
 */
record Denoiser(UNet unet, DdimScheduler scheduler, EditListener listener) {

  /** Returns the callbacks that carry a cancellation into a forward pass. */
  Callbacks callbacks() {
    return Callbacks.tick(listener::isCancelled);
  }

  /**
   * Runs the T steps of a phase, or what is left of them.
   *
   * @param done how many steps an earlier run has done
   * @throws CancelledException if the listener cancels
   * @throws OutOfMemoryException if memory runs out, naming the step
   */
  void run(EditListener.Phase phase, int done, IntConsumer step) {
    int steps = scheduler.steps();
    listener.onProgress(phase, done, steps);
    for (int i = done; i < steps; i++) {
      if (listener.isCancelled()) {
        throw cancelled(phase, i, null);
      }
      try {
        step.accept(i);
      } catch (CancelledException e) {
        throw cancelled(phase, i, e);
      } catch (OutOfMemoryException e) {
        throw new OutOfMemoryException(
            name(phase) + " step " + (i + 1) + " of " + steps + ": " + e.getMessage(), e);
      }
      listener.onProgress(phase, i + 1, steps);
    }
  }

  /** The same line whether it came between two steps or inside a forward pass. */
  private CancelledException cancelled(
      EditListener.Phase phase, int done, @Nullable CancelledException cause) {
    return new CancelledException(
        "cancelled in " + name(phase) + " after " + done + " of " + scheduler.steps() + " steps",
        cause);
  }

  /**
   * Returns e1 + g (e2 - e1) in f32.
   *
   * @param unconditional e1
   * @param conditional e2
   * @param guidance g
   */
  static Tensor guide(Tensor unconditional, Tensor conditional, float guidance) {
    try (Tensor difference = Tensor.combine(1, conditional, -1, unconditional)) {
      return Tensor.combine(1, unconditional, guidance, difference);
    }
  }

  /** Closes all of a list. */
  static void close(List<Tensor> tensors) {
    tensors.forEach(Tensor::close);
  }

  private static String name(EditListener.Phase phase) {
    return switch (phase) {
      case INVERSION -> "inversion";
      case EDITING -> "editing";
    };
  }
}
