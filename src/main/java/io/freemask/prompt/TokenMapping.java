package io.freemask.prompt;

import io.freemask.InvalidInputException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * How the source prompt's cross-attention map A0 is brought to the target prompt's tokens
 * (Prompt-to-Prompt, arXiv 2208.01626, section 3.2).
 *
 * <p>All three are the same expression over the text encoder's full length L, with A2 the target's
 * own map: {@code map(A0)[n] = a[n] * sum_w A0[w] R[w,n] + (1 - a[n]) * A2[n]}.
 */
public sealed interface TokenMapping {

  /** Returns L. */
  int length();

  /** Returns a copy of R [L,L], row w the source token, column n the target token, by rows. */
  float[] matrix();

  /** Returns a copy of a [L], each in [0,1]. */
  float[] weights();

  /** Returns the mapping that changes nothing: R is the identity, a is 1. */
  static TokenMapping none(int length) {
    return new None(length);
  }

  /**
   * Returns the mapping of a word swap.
   *
   * <p>Prompts are compared word by word. The pieces of a swapped word map one to one if both words
   * have as many; else each target piece takes all source pieces, divided by the number of target
   * pieces. Other tokens lie on the diagonal, shifted by the pieces gained so far, until the last
   * swapped word; after it column n takes source token n, until either prompt's rows or columns
   * end.
   *
   * @throws InvalidInputException if the numbers of words differ, or truncation cut a swapped word
   */
  static Replace replace(Prompt source, Prompt target) {
    int length = commonLength(source, target);
    List<String> before = source.words();
    List<String> after = target.words();
    if (before.size() != after.size()) {
      throw new InvalidInputException(
          "replace needs prompts with as many words: the source has "
              + before.size()
              + " ('"
              + source
              + "'), the target has "
              + after.size()
              + " ('"
              + target
              + "'); use refine");
    }
    float[] matrix = new float[length * length];
    int row = 0;
    int column = 0;
    for (int word = 0; word < before.size(); word++) {
      if (before.get(word).equals(after.get(word))) {
        continue;
      }
      int[] rows = piecesOf(source, word);
      int[] columns = piecesOf(target, word);
      while (row < rows[0]) {
        matrix[row * length + column] = 1;
        row++;
        column++;
      }
      boolean oneToOne = rows.length == columns.length;
      for (int i = 0; i < rows.length; i++) {
        for (int j = 0; j < columns.length; j++) {
          if (!oneToOne) {
            matrix[rows[i] * length + columns[j]] = (float) (1.0 / columns.length);
          } else if (i == j) {
            matrix[rows[i] * length + columns[j]] = 1;
          }
        }
      }
      row += rows.length;
      column += columns.length;
    }
    while (row < length && column < length) {
      matrix[column * length + column] = 1;
      row++;
      column++;
    }
    return new Replace(length, matrix);
  }

  /**
   * Returns the mapping of a refined prompt: the two token sequences are aligned, a token that only
   * the target has takes its own attention, the padding after the target's end stays where it is.
   */
  static Refine refine(Prompt source, Prompt target) {
    int length = commonLength(source, target);
    int[] aligned =
        SequenceAligner.align(source.encoding().unpaddedIds(), target.encoding().unpaddedIds());
    int[] sources = IntStream.range(0, length).toArray();
    System.arraycopy(aligned, 0, sources, 0, aligned.length);
    return new Refine(sources);
  }

  private static int commonLength(Prompt source, Prompt target) {
    if (source.maxLength() != target.maxLength()) {
      throw new IllegalArgumentException(
          "target prompt is padded to "
              + target.maxLength()
              + " tokens, expected the source's "
              + source.maxLength());
    }
    return source.maxLength();
  }

  private static int[] piecesOf(Prompt prompt, int word) {
    int[] pieces = prompt.tokens(word);
    if (pieces.length == 0) {
      throw new InvalidInputException(
          "'"
              + prompt.words().get(word)
              + "' was cut off by truncation in the prompt '"
              + prompt
              + "', so replace cannot swap it");
    }
    return pieces;
  }

  /**
   * The identity.
   *
   * @param length L
   */
  record None(int length) implements TokenMapping {

    /** Checks the length. */
    public None {
      requirePositive(length);
    }

    @Override
    public float[] matrix() {
      float[] matrix = new float[length * length];
      for (int i = 0; i < length; i++) {
        matrix[i * length + i] = 1;
      }
      return matrix;
    }

    @Override
    public float[] weights() {
      return ones(length);
    }
  }

  /** A word swap: R as built, a is 1. */
  final class Replace implements TokenMapping {

    private final int length;
    private final float[] matrix;

    private Replace(int length, float[] matrix) {
      this.length = length;
      this.matrix = matrix;
    }

    @Override
    public int length() {
      return length;
    }

    @Override
    public float[] matrix() {
      return matrix.clone();
    }

    @Override
    public float[] weights() {
      return ones(length);
    }
  }

  /** A refined prompt: target token n takes source token pi(n), or its own attention. */
  final class Refine implements TokenMapping {

    private final int[] sources;

    private Refine(int[] sources) {
      this.sources = sources;
    }

    @Override
    public int length() {
      return sources.length;
    }

    /** Returns a copy of pi [L]: the source token of each target token, -1 if it has none. */
    public int[] sources() {
      return sources.clone();
    }

    /** Returns R: a one at row pi(n) of column n; a column without a source token is zero. */
    @Override
    public float[] matrix() {
      float[] matrix = new float[sources.length * sources.length];
      for (int n = 0; n < sources.length; n++) {
        if (sources[n] != SequenceAligner.INSERTED) {
          matrix[sources[n] * sources.length + n] = 1;
        }
      }
      return matrix;
    }

    @Override
    public float[] weights() {
      float[] weights = new float[sources.length];
      for (int n = 0; n < sources.length; n++) {
        weights[n] = sources[n] == SequenceAligner.INSERTED ? 0 : 1;
      }
      return weights;
    }
  }

  private static void requirePositive(int length) {
    if (length < 1) {
      throw new IllegalArgumentException("length is " + length + ", expected at least 1");
    }
  }

  private static float[] ones(int length) {
    float[] ones = new float[length];
    Arrays.fill(ones, 1);
    return ones;
  }
}
