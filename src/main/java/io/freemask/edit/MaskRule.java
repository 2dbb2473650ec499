package io.freemask.edit;

import io.freemask.InvalidInputException;
import java.util.List;

/**
 * How a mask is derived from the source's word maps.
 *
 * @param objects for each object its words or phrases, looked up in the source prompt; the words of
 *     an object are summed, the masks of several objects are united
 * @param layers which cross layers
 * @param timing which inversion record
 * @param threshold relative to each frame's maximum, in [0,1]; a pixel is marked when it is larger
 * @param pool whether the map is max-pooled (3x3) first
 * @param soft whether the relative map itself is the mask, in [0,1], instead of being compared with
 *     the threshold
 * @param subtract words or phrases of the source whose own masks are taken out of the objects'; a
 *     pixel that both claim is theirs
 * @param subtractThreshold the threshold of those, in [0,1]
 * @param latentSize whether the mask is made at latent size and brought to the levels like a given
 *     one, instead of being made for each level anew. Where a small object falls between the few
 *     pixels of a coarse level, a map resized and divided by its maximum marks anything
 */
public record MaskRule(
    List<List<String>> objects,
    Layers layers,
    Timing timing,
    double threshold,
    boolean pool,
    boolean soft,
    List<String> subtract,
    double subtractThreshold,
    boolean latentSize) {

  /** The threshold where a plan gives none. */
  public static final double DEFAULT_THRESHOLD = 0.3;

  /** Checks the objects and the thresholds, and copies the lists. */
  public MaskRule {
    objects = objects.stream().map(List::copyOf).toList();
    subtract = List.copyOf(subtract);
    if (objects.isEmpty() || objects.stream().anyMatch(List::isEmpty)) {
      throw new InvalidInputException("words is empty, expected at least one word of the source");
    }
    requireShare("threshold", threshold);
    requireShare("subtract_threshold", subtractThreshold);
  }

  /** Makes a rule of binary masks that subtracts nothing. */
  public MaskRule(
      List<List<String>> objects, Layers layers, Timing timing, double threshold, boolean pool) {
    this(objects, layers, timing, threshold, pool, false, List.of(), DEFAULT_THRESHOLD, false);
  }

  private static void requireShare(String name, double value) {
    if (!(value >= 0 && value <= 1)) {
      throw new InvalidInputException(name + " is " + value + ", expected 0 to 1");
    }
  }

  /** Returns a copy whose masks are soft, or binary. */
  public MaskRule withSoft(boolean value) {
    return new MaskRule(
        objects, layers, timing, threshold, pool, value, subtract, subtractThreshold, latentSize);
  }

  /** Returns a copy whose maps are max-pooled first, or are not. */
  public MaskRule withPool(boolean value) {
    return new MaskRule(
        objects, layers, timing, threshold, value, soft, subtract, subtractThreshold, latentSize);
  }

  /** Returns a copy that takes the masks of words out. */
  public MaskRule withSubtract(List<String> words, double wordsThreshold) {
    return new MaskRule(
        objects, layers, timing, threshold, pool, soft, words, wordsThreshold, latentSize);
  }

  /** Returns a copy whose masks are made at latent size, or for each level. */
  public MaskRule withLatentSize(boolean value) {
    return new MaskRule(
        objects, layers, timing, threshold, pool, soft, subtract, subtractThreshold, value);
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

    /**
     * For each level that a mask is made for the named cross layers of that level; for a level that
     * has none of them those of the named level whose h*w is nearest, the larger on a tie.
     *
     * @param names the names; a module that holds cross layers stands for them
     */
    record PerLevel(List<String> names) implements Layers {

      /** Checks that there is a name, and copies the list. */
      public PerLevel {
        names = List.copyOf(names);
        if (names.isEmpty()) {
          throw new InvalidInputException(
              "level_layers is empty, expected at least one layer name");
        }
      }
    }

    /** All cross layers of all levels, each map brought to the level that a mask is made for. */
    record All() implements Layers {}
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
          throw new InvalidInputException(
              "record is " + k + ", expected 0 to T-1, \"aware\" or \"average\"");
        }
      }
    }

    /** The mean of the maps of all records, for all steps. */
    record Average() implements Timing {}
  }
}
