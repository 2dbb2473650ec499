package io.freemask.edit;

import io.freemask.InvalidInputException;
import io.freemask.prompt.Prompt;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;

/** The tokens that objects' words have in a prompt, as groups of which word maps are made. */
final class ObjectTokens {

  private ObjectTokens() {}

  /**
   * Returns the ascending token indices of an object's words or phrases. A token that two of them
   * share counts once.
   *
   * @throws InvalidInputException if a word is not in the prompt
   */
  static int[] of(Prompt prompt, List<String> words) {
    TreeSet<Integer> tokens = new TreeSet<>();
    for (String word : words) {
      for (int token : prompt.tokens(word)) {
        tokens.add(token);
      }
    }
    return tokens.stream().mapToInt(Integer::intValue).toArray();
  }

  /** Returns the place of a group in a list of groups, to which it is added if it is new. */
  static int place(int[] tokens, List<int[]> groups) {
    for (int i = 0; i < groups.size(); i++) {
      if (Arrays.equals(groups.get(i), tokens)) {
        return i;
      }
    }
    groups.add(tokens);
    return groups.size() - 1;
  }
}
