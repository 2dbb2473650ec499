package io.freemask.prompt;

import io.freemask.InvalidInputException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A prompt with its words and their tokens. Immutable.
 *
 * <p>The text is stripped and split at white space. A word is compared as written, so "snow," is
 * another word than "snow". A word stands for every occurrence and all its pieces; a phrase of
 * several words for every place where they follow each other.
 */
public final class Prompt {

  private final String text;
  private final Encoding encoding;

  private Prompt(String text, Encoding encoding) {
    this.text = text;
    this.encoding = encoding;
  }

  /**
   * Makes a prompt, which must have a word.
   *
   * @throws InvalidInputException if the text is blank or has more tokens than fit
   */
  public static Prompt of(ClipTokenizer tokenizer, String text) {
    return of(tokenizer, text, false);
  }

  /**
   * Makes a prompt, which must have a word.
   *
   * @param truncate whether tokens that do not fit are dropped instead of refused
   * @throws InvalidInputException if the text is blank, or too long and truncate is false
   */
  public static Prompt of(ClipTokenizer tokenizer, String text, boolean truncate) {
    String stripped = text.strip();
    Encoding encoding = tokenizer.encode(stripped, truncate);
    if (encoding.words().isEmpty()) {
      throw new InvalidInputException("the prompt is empty, expected at least one word");
    }
    return new Prompt(stripped, encoding);
  }

  /** Returns the stripped text. */
  public String text() {
    return text;
  }

  /** Returns the words, as written. */
  public List<String> words() {
    return encoding.words();
  }

  /** Returns the ids and the tokens of each word. */
  public Encoding encoding() {
    return encoding;
  }

  /** Returns L, the text encoder's length. */
  public int maxLength() {
    return encoding.maxLength();
  }

  /** Returns the token indices of one word by its place, starting with 0. */
  public int[] tokens(int word) {
    TokenSpan span = encoding.spans().get(word);
    return IntStream.range(span.start(), span.end()).toArray();
  }

  /**
   * Returns the ascending token indices of a word or phrase: every occurrence, all its pieces.
   *
   * @param phrase a word, or several with white space between, as written in the prompt
   * @throws InvalidInputException if it is not in the prompt, or truncation cut it off
   */
  public int[] tokens(String phrase) {
    List<String> wanted = ClipTokenizer.split(phrase);
    List<String> words = words();
    List<Integer> places = new ArrayList<>();
    for (int i = 0; !wanted.isEmpty() && i + wanted.size() <= words.size(); i++) {
      if (words.subList(i, i + wanted.size()).equals(wanted)) {
        for (int j = 0; j < wanted.size(); j++) {
          places.add(i + j);
        }
      }
    }
    if (places.isEmpty()) {
      throw new InvalidInputException(
          "'" + phrase + "' is not in the prompt '" + text + "'; its words are: " + listed());
    }
    // Occurrences of a phrase such as "a a" may overlap.
    int[] tokens =
        places.stream().distinct().flatMapToInt(i -> IntStream.of(tokens(i))).sorted().toArray();
    if (tokens.length == 0) {
      throw new InvalidInputException(
          "'" + phrase + "' was cut off by truncation in the prompt '" + text + "'");
    }
    return tokens;
  }

  private String listed() {
    return String.join(", ", words().stream().distinct().toList());
  }

  @Override
  public String toString() {
    return text;
  }
}
