package io.freemask.prompt;

import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/** Cuts added tokens out of a text: leftmost first, the longest of those that start together. */
final class AddedTokenSplitter {

  private final List<AddedToken> tokens;

  AddedTokenSplitter(List<AddedToken> tokens) {
    this.tokens = List.copyOf(tokens);
  }

  /** Calls back for the parts of a text in their order: an added token's id or the text between. */
  void split(String text, Consumer<String> onText, IntConsumer onToken) {
    int from = 0;
    int i = 0;
    while (i < text.length()) {
      AddedToken token = longestAt(text, i);
      if (token == null) {
        i++;
        continue;
      }
      if (i > from) {
        onText.accept(text.substring(from, i));
      }
      onToken.accept(token.id());
      i += token.content().length();
      from = i;
    }
    if (from < text.length()) {
      onText.accept(text.substring(from));
    }
  }

  private @Nullable AddedToken longestAt(String text, int at) {
    AddedToken longest = null;
    for (AddedToken token : tokens) {
      int length = token.content().length();
      if (text.startsWith(token.content(), at)
          && (longest == null || length > longest.content().length())
          && (!token.singleWord() || standsAlone(text, at, at + length))) {
        longest = token;
      }
    }
    return longest;
  }

  private static boolean standsAlone(String text, int start, int end) {
    return (start == 0 || !isWordCharacter(text.codePointBefore(start)))
        && (end == text.length() || !isWordCharacter(text.codePointAt(end)));
  }

  private static boolean isWordCharacter(int codePoint) {
    return Character.isLetterOrDigit(codePoint) || codePoint == '_';
  }
}
