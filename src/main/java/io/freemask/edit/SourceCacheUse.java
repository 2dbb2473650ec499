package io.freemask.edit;

import java.util.Locale;

/**
 * How much of an edit's source comes from its inversion.
 *
 * @param steps the editing steps that take it from there; the others compute it again
 * @param fused the editing steps that need the source at all
 * @param bytes what is kept for them
 */
public record SourceCacheUse(int steps, int fused, long bytes) {

  /** What an edit without a cache has. */
  public static SourceCacheUse none(int fused) {
    return new SourceCacheUse(0, fused, 0);
  }

  /** Returns one line, such as "30 of 45 fused steps, 1.20 GiB". */
  @Override
  public String toString() {
    return String.format(
        Locale.ROOT, "%d of %d fused steps, %.2f GiB", steps, fused, bytes / (double) (1L << 30));
  }
}
