package io.freemask.prompt;

import java.util.Arrays;
import java.util.List;

/** The token ids of a text, padded to the text encoder's length, and which word each belongs to. */
public final class Encoding {

  private final long[] ids;
  private final int length;
  private final List<String> words;
  private final List<TokenSpan> spans;

  Encoding(long[] ids, int length, List<String> words, List<TokenSpan> spans) {
    this.ids = ids;
    this.length = length;
    this.words = List.copyOf(words);
    this.spans = List.copyOf(spans);
  }

  /** Returns a copy of the ids [L]: start, the text's tokens, end, padding. */
  public long[] ids() {
    return ids.clone();
  }

  /** Returns a copy of the ids without padding: start, the text's tokens, end. */
  public long[] unpaddedIds() {
    return Arrays.copyOf(ids, length);
  }

  /** Returns L, the number of ids with padding. */
  public int maxLength() {
    return ids.length;
  }

  /** Returns the number of ids without padding, start and end counted. */
  public int length() {
    return length;
  }

  /** Returns the words: the text split at white space, as written. */
  public List<String> words() {
    return words;
  }

  /** Returns the tokens of each word, in the order of the words. */
  public List<TokenSpan> spans() {
    return spans;
  }
}
