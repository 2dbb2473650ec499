package io.freemask.cli;

import java.util.Locale;

/**
 * An amount of memory.
 *
 * @param bytes at least 0
 */
record ByteCount(long bytes) {

  private static final double GIB = 1L << 30;
  private static final double MIB = 1L << 20;

  /** Returns it for people, in GiB or MiB. */
  @Override
  public String toString() {
    return bytes >= GIB
        ? String.format(Locale.ROOT, "%.2f GiB", bytes / GIB)
        : String.format(Locale.ROOT, "%.0f MiB", bytes / MIB);
  }
}
