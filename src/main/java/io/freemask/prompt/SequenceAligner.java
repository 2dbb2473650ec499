package io.freemask.prompt;

import java.util.Arrays;

/**
 * Global alignment of two token sequences (Needleman and Wunsch, 1970) as Prompt-to-Prompt scores
 * it: match 1, mismatch -1, gap 0.
 *
 * <p>Of equally good moves it takes the one that inserts the target token, then the one that drops
 * the source token, then the one that pairs them. So a swapped token is a gap on both sides.
 */
final class SequenceAligner {

  /** The source index of a target token that has no counterpart. */
  static final int INSERTED = -1;

  private static final int MATCH = 1;
  private static final int MISMATCH = -1;

  private SequenceAligner() {}

  /** Returns for each target token the index of its source token, or {@link #INSERTED}. */
  static int[] align(long[] source, long[] target) {
    // Row and column 0 stay 0: a gap costs nothing.
    int[][] score = new int[source.length + 1][target.length + 1];
    for (int i = 1; i <= source.length; i++) {
      for (int j = 1; j <= target.length; j++) {
        int unpaired = Math.max(score[i][j - 1], score[i - 1][j]);
        score[i][j] = Math.max(unpaired, paired(score, source, target, i, j));
      }
    }
    int[] aligned = new int[target.length];
    Arrays.fill(aligned, INSERTED);
    int i = source.length;
    int j = target.length;
    while (i > 0 && j > 0) {
      if (score[i][j] == score[i][j - 1]) {
        j--;
      } else if (score[i][j] == score[i - 1][j]) {
        i--;
      } else {
        i--;
        j--;
        aligned[j] = i;
      }
    }
    return aligned;
  }

  private static int paired(int[][] score, long[] source, long[] target, int i, int j) {
    return score[i - 1][j - 1] + (source[i - 1] == target[j - 1] ? MATCH : MISMATCH);
  }
}
