package io.freemask.edit;

import io.freemask.InvalidInputException;
import java.util.List;

/**
 * How a mask is derived from the source's word maps.
 *
 * @param objects for each object its words or phrases, looked up in the source prompt; the words of
 *     an object are summed, the masks of several objects are united
 * @param layers which cross layers, all of one level
 * @param timing which inversion record
 * @param threshold relative to each frame's maximum, in [0,1]; a pixel is marked when it is larger
 * @param pool whether the map is max-pooled (3x3) first
 */
public record MaskRule(
    List<List<String>> objects, Layers layers, Timing timing, double threshold, boolean pool) {

  /** The threshold where a plan gives none. */
  public static final double DEFAULT_THRESHOLD = 0.3;

  /** Checks the objects and the threshold, and copies the lists. */
  public MaskRule {
    objects = objects.stream().map(List::copyOf).toList();
    if (objects.isEmpty() || objects.stream().anyMatch(List::isEmpty)) {
      throw new InvalidInputException("words is empty, expected at least one word of the source");
    }
    if (!(threshold >= 0 && threshold <= 1)) {
      throw new InvalidInputException("threshold is " + threshold + ", expected 0 to 1");
    }
  }

  /** A choice of cross layers. */
  public sealed interface Layers {

    /**
     * All cross layers of a level.
     *
     * @param height h of the level
     * @param width w of the level
     */
    record Level(int height, int width) implements Layers {

      /** Checks the sizes. */
      public Level {
        if (height < 1 || width < 1) {
          throw new InvalidInputException(
              "level is [" + height + ", " + width + "], expected sizes of at least 1");
        }
      }
    }

    /**
     * Cross layers by name, such as {@code down_blocks.0.attentions.0.transformer_blocks.0.attn2}.
     *
     * @param names the names; a module that holds cross layers stands for them
     */
    record Named(List<String> names) implements Layers {

      /** Checks that there is a name, and copies the list. */
      public Named {
        names = List.copyOf(names);
        if (names.isEmpty()) {
          throw new InvalidInputException("layers is empty, expected at least one layer name");
        }
      }
    }
  }

  /** A choice of inversion records. */
  public sealed interface Timing {

    /** The record of the step's own noise level: k = T-1-s. */
    record Aware() implements Timing {}

    /**
     * One record for all steps.
     *
     * @param k the record, 0 (cleanest) to T-1
     */
    record Fixed(int k) implements Timing {

      /** Checks that it is not negative. */
      public Fixed {
        if (k < 0) {
          throw new InvalidInputException("record is " + k + ", expected 0 to T-1 or \"aware\"");
        }
      }
    }
  }
}
