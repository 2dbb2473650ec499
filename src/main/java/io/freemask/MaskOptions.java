package io.freemask;

import io.freemask.edit.LayerGrid;
import io.freemask.edit.MaskRule;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How the masks of an edit differ from its preset's; null leaves a choice to the preset.
 *
 * @param enabled whether cross and self attention are masked
 * @param threshold of derived masks, relative to each frame's maximum, in [0,1]
 * @param pool whether word maps are max-pooled first
 * @param level the level whose cross layers masks are derived from
 * @param layers names of the cross layers instead; empty for the level's
 * @param timing which inversion record masks are derived from
 * @param file a given mask, white on the object: a clip, image or image folder of any size, or
 *     safetensors with {@code mask} and so on at latent size. Replaces all derived masks
 * @param soft whether a given clip or image keeps values between 0 and 1 instead of being marked
 *     where more than half of a latent pixel is white
 */
public record MaskOptions(
    @Nullable Boolean enabled,
    @Nullable Double threshold,
    @Nullable Boolean pool,
    LayerGrid.@Nullable Size level,
    List<String> layers,
    MaskRule.@Nullable Timing timing,
    @Nullable Path file,
    boolean soft) {

  /** All left to the preset. */
  public static final MaskOptions STANDARD =
      new MaskOptions(null, null, null, null, List.of(), null, null, false);

  /** Checks the range of the threshold, that level and layers exclude each other, and copies. */
  public MaskOptions {
    layers = List.copyOf(layers);
    if (threshold != null && !(threshold >= 0 && threshold <= 1)) {
      throw new InvalidInputException("mask threshold is " + threshold + ", expected 0 to 1");
    }
    if (level != null && !layers.isEmpty()) {
      throw new InvalidInputException(
          "mask level is " + level + " and mask layers are " + layers + ", expected one of them");
    }
  }

  /** Returns a copy with the given threshold. */
  public MaskOptions withThreshold(@Nullable Double value) {
    return new MaskOptions(enabled, value, pool, level, layers, timing, file, soft);
  }

  /** Returns a copy that masks, or does not. */
  public MaskOptions withEnabled(@Nullable Boolean value) {
    return new MaskOptions(value, threshold, pool, level, layers, timing, file, soft);
  }

  /** Returns a copy with or without max-pooling. */
  public MaskOptions withPool(@Nullable Boolean value) {
    return new MaskOptions(enabled, threshold, value, level, layers, timing, file, soft);
  }

  /** Returns a copy that derives from the cross layers of a level. */
  public MaskOptions withLevel(LayerGrid.@Nullable Size value) {
    return new MaskOptions(enabled, threshold, pool, value, List.of(), timing, file, soft);
  }

  /** Returns a copy that derives from the named cross layers. */
  public MaskOptions withLayers(List<String> value) {
    return new MaskOptions(enabled, threshold, pool, null, value, timing, file, soft);
  }

  /** Returns a copy that derives from the given record. */
  public MaskOptions withTiming(MaskRule.@Nullable Timing value) {
    return new MaskOptions(enabled, threshold, pool, level, layers, value, file, soft);
  }

  /** Returns a copy with a given mask. */
  public MaskOptions withFile(@Nullable Path value) {
    return new MaskOptions(enabled, threshold, pool, level, layers, timing, value, soft);
  }

  /** Returns a copy that keeps or rounds a given mask's values. */
  public MaskOptions withSoft(boolean value) {
    return new MaskOptions(enabled, threshold, pool, level, layers, timing, file, value);
  }
}
