package io.freemask.edit;

import io.freemask.InvalidInputException;
import io.freemask.internal.cache.CacheDirectory;
import io.freemask.mask.MaskSchedule;
import io.freemask.weights.SafetensorsFile;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Masks that the user gives, at latent size [F,h,w].
 *
 * @param common for every use that has none of its own; null for none
 * @param byUse for single uses
 */
public record GivenMasks(@Nullable MaskSchedule common, Map<MaskUse, MaskSchedule> byUse) {

  private static final String COMMON = "mask";

  /** No masks. */
  public static final GivenMasks NONE = new GivenMasks(null, Map.of());

  /** Copies the map. */
  public GivenMasks {
    Map<MaskUse, MaskSchedule> copy = new EnumMap<>(MaskUse.class);
    copy.putAll(byUse);
    byUse = Collections.unmodifiableMap(copy);
  }

  /** Returns one mask for every use. */
  public static GivenMasks of(MaskSchedule mask) {
    return new GivenMasks(mask, Map.of());
  }

  /**
   * Reads the tensors {@code mask}, {@code mask.cross}, {@code mask.self}, {@code mask.temporal}
   * and {@code mask.blend} of a file, as far as they are there: [F,h,w], or [T,F,h,w] by step.
   *
   * @throws InvalidInputException if one has another shape or values outside of [0,1]
   */
  public static GivenMasks read(SafetensorsFile file) {
    Map<MaskUse, MaskSchedule> byUse = new EnumMap<>(MaskUse.class);
    for (MaskUse use : MaskUse.values()) {
      MaskSchedule own = read(file, COMMON + "." + use.key());
      if (own != null) {
        byUse.put(use, own);
      }
    }
    return new GivenMasks(read(file, COMMON), byUse);
  }

  private static @Nullable MaskSchedule read(SafetensorsFile file, String name) {
    return file.names().contains(name)
        ? MaskSchedule.of(name, file.info(name).shape().sizes(), file.floats(name))
        : null;
  }

  /** Returns the mask of a use, or null. */
  public @Nullable MaskSchedule of(MaskUse use) {
    MaskSchedule own = byUse.get(use);
    return own != null ? own : common;
  }

  /** Returns a SHA-256 of all masks of an edit of T steps. */
  String hash(int steps) {
    MessageDigest digest = CacheDirectory.newSha256();
    for (MaskUse use : MaskUse.values()) {
      MaskSchedule mask = of(use);
      digest.update((byte) (mask == null ? 0 : 1));
      int count = mask == null ? 0 : mask.isConstant() ? 1 : steps;
      for (int s = 0; mask != null && s < count; s++) {
        for (float value : mask.at(s).values()) {
          digest.update(ByteBuffer.allocate(Float.BYTES).putFloat(value).flip());
        }
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /** Checks that all of them fit an edit. */
  void require(int steps, LayerGrid grid) {
    if (common != null) {
      common.require(COMMON, steps, grid.frames(), grid.height(), grid.width());
    }
    byUse.forEach(
        (use, mask) ->
            mask.require(
                COMMON + "." + use.key(), steps, grid.frames(), grid.height(), grid.width()));
  }
}
