package io.freemask.edit;

import io.freemask.InvalidInputException;
import io.freemask.prompt.Prompt;
import io.freemask.scheduler.DdimScheduler;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What a {@link Preset} makes a plan from.
 *
 * @param source the source prompt
 * @param target the target prompt
 * @param steps T
 * @param guidance g
 * @param inversionIterations how often an inversion step may run the UNet
 * @param objects for each object its words or phrases in the source prompt; empty if a mask is
 *     given
 * @param grid the UNet's layers on the clip's latents
 * @param timesteps the timestep of each inversion record k = 0..T-1
 */
public record PresetInput(
    Prompt source,
    Prompt target,
    int steps,
    double guidance,
    int inversionIterations,
    List<List<String>> objects,
    LayerGrid grid,
    List<Integer> timesteps) {

  /** Timestep of the record that masks come from when they do not follow the steps. */
  public static final int FIXED_TIMESTEP = 201;

  /** Checks the number of timesteps and copies the lists. */
  public PresetInput {
    objects = objects.stream().map(List::copyOf).toList();
    timesteps = List.copyOf(timesteps);
    if (timesteps.size() != steps) {
      throw new InvalidInputException(
          timesteps.size() + " timesteps, expected " + steps + ", one for each step");
    }
  }

  /** Returns the timesteps of the inversion records of a schedule. */
  public static List<Integer> timestepsOf(DdimScheduler scheduler) {
    return IntStream.rangeClosed(1, scheduler.steps()).map(scheduler::timestep).boxed().toList();
  }

  /** Returns the record whose timestep is nearest 201, the cleaner on a tie. */
  public int fixedRecord() {
    int best = 0;
    for (int k = 1; k < steps; k++) {
      if (distance(k) < distance(best)) {
        best = k;
      }
    }
    return best;
  }

  private int distance(int record) {
    return Math.abs(timesteps.get(record) - FIXED_TIMESTEP);
  }
}
