package io.freemask.model;

import io.freemask.InvalidInputException;
import io.freemask.tensor.Shape;

/** Token ids as native calls take them. */
final class TokenBatch {

  private final long[] ids;
  private final long[] sizes;

  private TokenBatch(long[] ids, long[] sizes) {
    this.ids = ids;
    this.sizes = sizes;
  }

  /** Joins rows [B][L], which have to be of one length of 1 or more. */
  static TokenBatch of(long[][] rows) {
    int length = rows.length == 0 ? 0 : rows[0].length;
    if (length == 0) {
      throw new InvalidInputException("token ids are empty, expected at least one row and column");
    }
    long[] flat = new long[Math.multiplyExact(rows.length, length)];
    for (int row = 0; row < rows.length; row++) {
      if (rows[row].length != length) {
        throw new InvalidInputException(
            "row " + row + " has " + rows[row].length + " token ids, expected " + length);
      }
      System.arraycopy(rows[row], 0, flat, row * length, length);
    }
    return new TokenBatch(flat, Shape.of(rows.length, length).toArray());
  }

  /** The ids [B*L], row by row; not a copy. */
  long[] ids() {
    return ids;
  }

  /** B, L; not a copy. */
  long[] sizes() {
    return sizes;
  }
}
