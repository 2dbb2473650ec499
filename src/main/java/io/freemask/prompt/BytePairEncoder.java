package io.freemask.prompt;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Byte-pair merging of one pre-token with CLIP's end-of-word suffix.
 *
 * <p>The pair of lowest rank is merged first, the leftmost of equal ones; a symbol that the
 * vocabulary lacks becomes the unknown token and takes part in no merge.
 */
final class BytePairEncoder {

  static final String END_OF_WORD = "</w>";

  /** The outcome of a merge: its rank, lowest first, and the token it makes. */
  record Merge(int rank, int token) {}

  private final Map<String, Integer> vocabulary;
  private final Map<Long, Merge> merges;
  private final int unknown;

  BytePairEncoder(Map<String, Integer> vocabulary, Map<Long, Merge> merges, int unknown) {
    this.vocabulary = vocabulary;
    this.merges = merges;
    this.unknown = unknown;
  }

  /** Returns the key of a pair of tokens in the table of merges. */
  static long pair(int left, int right) {
    return ((long) left << 32) | (right & 0xffffffffL);
  }

  /** Appends the tokens of a pre-token that is already in the byte alphabet. */
  void encode(String symbols, List<Integer> out) {
    List<Integer> tokens = new ArrayList<>(symbols.length());
    for (int i = 0; i < symbols.length(); i++) {
      String symbol = symbols.substring(i, i + 1);
      if (i == symbols.length() - 1) {
        symbol += END_OF_WORD;
      }
      tokens.add(vocabulary.getOrDefault(symbol, unknown));
    }
    while (mergeOnce(tokens)) {}
    out.addAll(tokens);
  }

  private boolean mergeOnce(List<Integer> tokens) {
    int at = -1;
    Merge best = null;
    for (int i = 0; i + 1 < tokens.size(); i++) {
      Merge merge = merges.get(pair(tokens.get(i), tokens.get(i + 1)));
      if (merge != null && (best == null || merge.rank() < best.rank())) {
        best = merge;
        at = i;
      }
    }
    if (best == null) {
      return false;
    }
    tokens.set(at, best.token());
    tokens.remove(/* index */ at + 1);
    return true;
  }
}
