package io.freemask.mask;

import java.util.List;

/**
 * A mask derived from the word maps of the source (FreeMask, arXiv 2409.20500, as in the authors'
 * released {@code SpatialBlender}).
 *
 * <p>Steps: mean over layers and heads, 3x3 max-pool with stride 1 and padding 1 if wanted, nearest
 * resize to the target level, division by each frame's maximum, comparison with the threshold. A
 * frame whose maximum is 0 marks nothing. All arithmetic is in f32.
 */
public final class WordMapMask {

  private WordMapMask() {}

  /**
   * The word map of one cross layer: the mean over its heads of the sum over an object's tokens.
   *
   * @param heads the number of heads that it is the mean of, at least 1
   * @param values [F,h,w]
   */
  @SuppressWarnings("ArrayRecordComponent") // a view of one map on its way into the mean
  public record LayerMap(int heads, float[] values) {

    /** Checks the number of heads. */
    public LayerMap {
      if (heads < 1) {
        throw new IllegalArgumentException("heads is " + heads + ", expected at least 1");
      }
    }
  }

  /**
   * The word maps of the chosen layers of one level.
   *
   * @param height h of the level
   * @param width w of the level
   * @param maps at least one, each [F,h,w]
   */
  public record LevelMaps(int height, int width, List<LayerMap> maps) {

    /** Checks that there is a map, and copies the list. */
    public LevelMaps {
      maps = List.copyOf(maps);
      if (maps.isEmpty()) {
        throw new IllegalArgumentException("no word map, expected at least one");
      }
    }

    int heads() {
      return maps.stream().mapToInt(LayerMap::heads).sum();
    }
  }

  /**
   * Derives the mask of one object from layers of one level.
   *
   * @param maps the maps of the chosen layers, all [F,h,w]; at least one
   * @param pool whether to max-pool before the resize
   * @param threshold a pixel is marked when its map, relative to the frame's maximum, is larger
   * @return a binary mask [F,toHeight,toWidth]
   */
  public static Mask derive(
      List<LayerMap> maps,
      int frames,
      int height,
      int width,
      boolean pool,
      float threshold,
      int toHeight,
      int toWidth) {
    List<LevelMaps> levels = List.of(new LevelMaps(height, width, maps));
    float[] relative = relative(levels, frames, pool, toHeight, toWidth);
    return threshold(relative, frames, toHeight, toWidth, threshold);
  }

  /**
   * Returns the map of one object relative to each frame's maximum: what is compared with the
   * threshold, or taken as it is for a soft mask.
   *
   * <p>Maps of several levels are each brought to the target level first; then, as within a level,
   * every head of every layer weighs the same.
   *
   * @param levels the maps of the chosen layers; at least one level
   * @param pool whether to max-pool each level before the resize
   * @return [F,toHeight,toWidth] in [0,1]; a frame whose maximum is 0 is 0
   */
  public static float[] relative(
      List<LevelMaps> levels, int frames, boolean pool, int toHeight, int toWidth) {
    float[] sum = new float[0];
    int heads = 0;
    for (LevelMaps level : levels) {
      float[] mean = mean(level.maps(), frames * level.height() * level.width());
      float[] pooled = pool ? maxPool(mean, frames, level.height(), level.width()) : mean;
      float[] resized =
          MaskResize.nearest(pooled, frames, level.height(), level.width(), toHeight, toWidth);
      if (levels.size() == 1) {
        sum = resized;
      } else {
        sum = sum.length == 0 ? new float[resized.length] : sum;
        for (int i = 0; i < sum.length; i++) {
          sum[i] += level.heads() * resized[i];
        }
      }
      heads += level.heads();
    }
    if (heads == 0) {
      throw new IllegalArgumentException("no word map, expected at least one");
    }
    divideByMaxima(sum, toHeight * toWidth);
    return sum;
  }

  /**
   * Marks where a relative map is larger than a threshold.
   *
   * @param relative [F,h,w]
   * @return a binary mask [F,h,w]
   */
  public static Mask threshold(
      float[] relative, int frames, int height, int width, float threshold) {
    float[] mask = new float[relative.length];
    for (int i = 0; i < mask.length; i++) {
      mask[i] = relative[i] > threshold ? 1 : 0;
    }
    return Mask.of(frames, height, width, mask);
  }

  /** Every head of every layer weighs the same, so a layer weighs as much as it has heads. */
  private static float[] mean(List<LayerMap> maps, int size) {
    float[] mean = new float[size];
    int heads = 0;
    for (LayerMap map : maps) {
      if (map.values().length != size) {
        throw new IllegalArgumentException(
            "word map has " + map.values().length + " values, expected " + size);
      }
      for (int i = 0; i < size; i++) {
        mean[i] += map.heads() * map.values()[i];
      }
      heads += map.heads();
    }
    for (int i = 0; i < size; i++) {
      mean[i] /= heads;
    }
    return mean;
  }

  private static float[] maxPool(float[] values, int planes, int height, int width) {
    float[] pooled = new float[values.length];
    for (int plane = 0; plane < planes; plane++) {
      int offset = plane * height * width;
      for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
          float max = Float.NEGATIVE_INFINITY;
          for (int v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v++) {
            for (int u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u++) {
              max = Math.max(max, values[offset + v * width + u]);
            }
          }
          pooled[offset + y * width + x] = max;
        }
      }
    }
    return pooled;
  }

  /** A frame without any attention to the word has no relative map: it stays 0. */
  private static void divideByMaxima(float[] values, int frameSize) {
    for (int start = 0; start < values.length; start += frameSize) {
      float max = 0;
      for (int i = start; i < start + frameSize; i++) {
        max = Math.max(max, values[i]);
      }
      for (int i = start; max > 0 && i < start + frameSize; i++) {
        values[i] /= max;
      }
    }
  }
}
