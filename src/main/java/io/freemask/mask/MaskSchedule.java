package io.freemask.mask;

import io.freemask.InvalidInputException;
import java.util.List;

/** A mask for every editing step: the same one, or one for each. Immutable. */
public final class MaskSchedule {

  private final List<Mask> masks;
  private final boolean constant;

  private MaskSchedule(List<Mask> masks, boolean constant) {
    this.masks = masks;
    this.constant = constant;
  }

  /** Returns the schedule that has one mask in all steps. */
  public static MaskSchedule constant(Mask mask) {
    return new MaskSchedule(List.of(mask), true);
  }

  /**
   * Returns the schedule that has its own mask in each step.
   *
   * @param masks the masks of steps 0 to T-1, all of one size
   * @throws InvalidInputException if there is none or the sizes differ
   */
  public static MaskSchedule stepwise(List<Mask> masks) {
    if (masks.isEmpty()) {
      throw new InvalidInputException("stepwise mask has no step, expected one mask for each");
    }
    Mask first = masks.get(0);
    for (Mask mask : masks) {
      if (!mask.toString().equals(first.toString())) {
        throw new InvalidInputException(
            "stepwise mask has the sizes " + first + " and " + mask + ", expected one size");
      }
    }
    return new MaskSchedule(List.copyOf(masks), false);
  }

  /**
   * Reads a mask tensor.
   *
   * @param name what messages call it
   * @param sizes [F,h,w], or [T,F,h,w] with one mask for each step
   * @param values the values in [0,1], outermost dimension first
   * @throws InvalidInputException if the sizes or a value do not fit
   */
  public static MaskSchedule of(String name, List<Long> sizes, float[] values) {
    if (sizes.size() != 3 && sizes.size() != 4) {
      throw new InvalidInputException(
          name + " has the shape " + sizes + ", expected [F,h,w] or [T,F,h,w]");
    }
    int steps = sizes.size() == 4 ? Math.toIntExact(sizes.get(0)) : 1;
    List<Long> frame = sizes.subList(sizes.size() - 3, sizes.size());
    int frames = Math.toIntExact(frame.get(0));
    int height = Math.toIntExact(frame.get(1));
    int width = Math.toIntExact(frame.get(2));
    long count = (long) steps * frames * height * width;
    if (values.length != count) {
      throw new InvalidInputException(
          name + " has " + values.length + " values, expected " + count + " for " + sizes);
    }
    Mask[] masks = new Mask[steps];
    int size = frames * height * width;
    try {
      for (int s = 0; s < steps; s++) {
        float[] part = new float[size];
        System.arraycopy(values, s * size, part, 0, size);
        masks[s] = Mask.of(frames, height, width, part);
      }
    } catch (InvalidInputException e) {
      throw new InvalidInputException(name + ": " + e.getMessage(), e);
    }
    return sizes.size() == 4 ? stepwise(List.of(masks)) : constant(masks[0]);
  }

  /** Returns the mask of a step. */
  public Mask at(int step) {
    return masks.get(constant ? 0 : step);
  }

  /** Returns whether all steps have the same mask. */
  public boolean isConstant() {
    return constant;
  }

  /**
   * Checks that this schedule fits an edit.
   *
   * @param name what messages call it
   * @throws InvalidInputException if a size or the number of steps is another
   */
  public void require(String name, int steps, int frames, int height, int width) {
    Mask first = masks.get(0);
    boolean sameSize =
        first.frames() == frames && first.height() == height && first.width() == width;
    if (!sameSize || (!constant && masks.size() != steps)) {
      throw new InvalidInputException(
          name
              + " is "
              + (constant ? "" : masks.size() + " steps of ")
              + first
              + ", expected ["
              + frames
              + ","
              + height
              + ","
              + width
              + "] as the latents"
              + (constant ? "" : " for each of " + steps + " steps"));
    }
  }
}
