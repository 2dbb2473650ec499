package io.freemask.mmc;

import io.freemask.InvalidInputException;
import io.freemask.mask.Mask;

/**
 * How often the pixels of a mask and of the ground truth agree. Counts of several masks may be
 * added, so that the overlap of a clip is that of all its frames' pixels together.
 *
 * @param truePositives pixels on the object in both
 * @param falsePositives on the object in the mask alone
 * @param falseNegatives on the object in the truth alone
 * @param trueNegatives on the background in both
 */
public record Confusion(
    long truePositives, long falsePositives, long falseNegatives, long trueNegatives) {

  /** No pixels. */
  public static final Confusion NONE = new Confusion(0, 0, 0, 0);

  /** Checks that no count is negative. */
  public Confusion {
    if (truePositives < 0 || falsePositives < 0 || falseNegatives < 0 || trueNegatives < 0) {
      throw new IllegalArgumentException(
          "counts are "
              + truePositives
              + ", "
              + falsePositives
              + ", "
              + falseNegatives
              + ", "
              + trueNegatives
              + ", expected none below 0");
    }
  }

  /**
   * Compares two masks, of which a pixel counts as object where the value is over one half.
   *
   * @param predicted [F,H,W]
   * @param truth [F,H,W]
   * @throws InvalidInputException if the sizes differ: pixels of masks of unequal sizes do not
   *     belong together
   */
  public static Confusion of(Mask predicted, Mask truth) {
    if (predicted.frames() != truth.frames()
        || predicted.height() != truth.height()
        || predicted.width() != truth.width()) {
      throw new InvalidInputException(
          "the mask is " + predicted + ", expected " + truth + " as the ground truth");
    }
    float[] p = predicted.values();
    float[] t = truth.values();
    long truePositives = 0;
    long falsePositives = 0;
    long falseNegatives = 0;
    for (int i = 0; i < p.length; i++) {
      boolean marked = p[i] > 0.5f;
      boolean object = t[i] > 0.5f;
      if (marked && object) {
        truePositives++;
      } else if (marked) {
        falsePositives++;
      } else if (object) {
        falseNegatives++;
      }
    }
    return new Confusion(
        truePositives,
        falsePositives,
        falseNegatives,
        p.length - truePositives - falsePositives - falseNegatives);
  }

  /** Returns the counts of both. */
  public Confusion plus(Confusion other) {
    return new Confusion(
        truePositives + other.truePositives,
        falsePositives + other.falsePositives,
        falseNegatives + other.falseNegatives,
        trueNegatives + other.trueNegatives);
  }

  /** Returns the number of pixels. */
  public long pixels() {
    return truePositives + falsePositives + falseNegatives + trueNegatives;
  }

  /**
   * Returns the intersection over union of the object, in [0,1]; 1 if neither mask marks anything.
   */
  public double objectIou() {
    return iou(truePositives);
  }

  /** Returns the intersection over union of the background, in [0,1]; 1 if there is none. */
  public double backgroundIou() {
    return iou(trueNegatives);
  }

  /** Returns the mean of the object's and the background's intersection over union, in [0,1]. */
  public double miou() {
    return (objectIou() + backgroundIou()) / 2;
  }

  private double iou(long both) {
    long union = both + falsePositives + falseNegatives;
    return union == 0 ? 1 : (double) both / union;
  }
}
