package io.freemask;

import java.util.ArrayList;
import java.util.List;

/**
 * The words of one object in both prompts, written {@code car=bus}.
 *
 * <p>Each side has one or several words or phrases, with "+" between them: {@code red
 * car+wheels=blue bus}. A word is one as the prompt has it, split at white space. Without "=" the
 * object has no words in the target.
 *
 * @param source words or phrases of the source prompt, at least one
 * @param target words or phrases of the target prompt
 */
public record WordPair(List<String> source, List<String> target) {

  /** Checks that the source side has words, and copies the lists. */
  public WordPair {
    source = List.copyOf(source);
    target = List.copyOf(target);
    if (source.isEmpty()) {
      throw new InvalidInputException("words has no source word, expected such as car=bus");
    }
  }

  /**
   * Reads the written form.
   *
   * @throws InvalidInputException if a word is empty or there is more than one "="
   */
  public static WordPair parse(String text) {
    int equals = text.indexOf('=');
    if (equals < 0) {
      return new WordPair(words(text, text), List.of());
    }
    return new WordPair(
        words(text, text.substring(0, equals)), words(text, text.substring(equals + 1)));
  }

  private static List<String> words(String text, String side) {
    List<String> words = new ArrayList<>();
    for (String word : side.split("\\+", -1)) {
      if (word.isBlank() || word.contains("=")) {
        throw new InvalidInputException(
            "words is '" + text + "', expected such as car=bus or red car+wheels=blue bus");
      }
      words.add(word.strip());
    }
    return words;
  }

  /** Returns the written form. */
  @Override
  public String toString() {
    return target.isEmpty()
        ? String.join("+", source)
        : String.join("+", source) + "=" + String.join("+", target);
  }
}
