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
 * @param layers the cross layers that masks are derived from
 * @param timing which inversion record masks are derived from
 * @param subtract words or phrases of the source whose own derived masks are taken out of the
 *     objects'
 * @param subtractThreshold the threshold of those
 * @param file a given mask, white on the object: a clip, image or image folder of any size, or
 *     safetensors with {@code mask} and so on at latent size. Replaces all derived masks
 * @param soft whether masks keep values between 0 and 1: a derived mask is the relative word map
 *     itself instead of being compared with the threshold, a given clip or image its grey values
 *     instead of being marked where more than half of a latent pixel is white
 * @param codebook what layers, record and threshold of derived masks are chosen by
 */
public record MaskOptions(
    @Nullable Boolean enabled,
    @Nullable Double threshold,
    @Nullable Boolean pool,
    MaskRule.@Nullable Layers layers,
    MaskRule.@Nullable Timing timing,
    List<String> subtract,
    @Nullable Double subtractThreshold,
    @Nullable Path file,
    boolean soft,
    CodebookSource codebook) {

  /** All left to the preset. */
  public static final MaskOptions STANDARD =
      new MaskOptions(
          null, null, null, null, null, List.of(), null, null, false, new CodebookSource.OfModel());

  /** Checks the range of the thresholds, and copies. */
  public MaskOptions {
    subtract = List.copyOf(subtract);
    requireShare("mask threshold", threshold);
    requireShare("subtract threshold", subtractThreshold);
    if (!subtract.isEmpty() && file != null) {
      throw new InvalidInputException(
          "words to subtract are "
              + subtract
              + " and a mask is given, expected one of them: words are subtracted from derived"
              + " masks");
    }
  }

  private static void requireShare(String name, @Nullable Double value) {
    if (value != null && !(value >= 0 && value <= 1)) {
      throw new InvalidInputException(name + " is " + value + ", expected 0 to 1");
    }
  }

  /** Returns a copy with the given threshold. */
  public MaskOptions withThreshold(@Nullable Double value) {
    return new MaskOptions(
        enabled, value, pool, layers, timing, subtract, subtractThreshold, file, soft, codebook);
  }

  /** Returns a copy that masks, or does not. */
  public MaskOptions withEnabled(@Nullable Boolean value) {
    return new MaskOptions(
        value, threshold, pool, layers, timing, subtract, subtractThreshold, file, soft, codebook);
  }

  /** Returns a copy with or without max-pooling. */
  public MaskOptions withPool(@Nullable Boolean value) {
    return new MaskOptions(
        enabled,
        threshold,
        value,
        layers,
        timing,
        subtract,
        subtractThreshold,
        file,
        soft,
        codebook);
  }

  /** Returns a copy that derives from the cross layers of a level. */
  public MaskOptions withLevel(LayerGrid.Size value) {
    return withLayers(new MaskRule.Layers.Level(value.height(), value.width()));
  }

  /** Returns a copy that derives from the named cross layers. */
  public MaskOptions withLayers(List<String> value) {
    return withLayers(new MaskRule.Layers.Named(value));
  }

  /** Returns a copy that derives from the given cross layers. */
  public MaskOptions withLayers(MaskRule.@Nullable Layers value) {
    return new MaskOptions(
        enabled, threshold, pool, value, timing, subtract, subtractThreshold, file, soft, codebook);
  }

  /** Returns a copy that derives from the given record. */
  public MaskOptions withTiming(MaskRule.@Nullable Timing value) {
    return new MaskOptions(
        enabled, threshold, pool, layers, value, subtract, subtractThreshold, file, soft, codebook);
  }

  /** Returns a copy that takes the masks of words out. */
  public MaskOptions withSubtract(List<String> value) {
    return new MaskOptions(
        enabled, threshold, pool, layers, timing, value, subtractThreshold, file, soft, codebook);
  }

  /** Returns a copy with the given threshold of words that are taken out. */
  public MaskOptions withSubtractThreshold(@Nullable Double value) {
    return new MaskOptions(
        enabled, threshold, pool, layers, timing, subtract, value, file, soft, codebook);
  }

  /** Returns a copy with a given mask. */
  public MaskOptions withFile(@Nullable Path value) {
    return new MaskOptions(
        enabled,
        threshold,
        pool,
        layers,
        timing,
        subtract,
        subtractThreshold,
        value,
        soft,
        codebook);
  }

  /** Returns a copy that keeps or rounds the masks' values. */
  public MaskOptions withSoft(boolean value) {
    return new MaskOptions(
        enabled,
        threshold,
        pool,
        layers,
        timing,
        subtract,
        subtractThreshold,
        file,
        value,
        codebook);
  }

  /** Returns a copy whose masks are chosen by another codebook. */
  public MaskOptions withCodebook(CodebookSource value) {
    return new MaskOptions(
        enabled, threshold, pool, layers, timing, subtract, subtractThreshold, file, soft, value);
  }
}
