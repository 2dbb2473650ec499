package io.freemask.prompt;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Writes a tokenizer directory whose merges can be read off: "re", "red", "car", "s" end words.
 *
 * <p>Ids: 0..93 the printable ASCII characters from "!", 94..187 the same with the end-of-word
 * suffix, then the merges in their order, then start and end.
 */
final class SmallTokenizer {

  static final List<String> MERGES = List.of("r e", "re d</w>", "c a", "ca r</w>", "ca r");
  static final int START = 188 + MERGES.size();
  static final int END = START + 1;

  private SmallTokenizer() {}

  /** Id of a character within a word. */
  static int inner(char c) {
    return c - '!';
  }

  /** Id of a character at the end of a word. */
  static int last(char c) {
    return 94 + c - '!';
  }

  /** Id of what the n-th merge makes. */
  static int merged(int n) {
    return 188 + n;
  }

  static Path write(Path directory, String config) throws IOException {
    Files.createDirectories(directory);
    Files.writeString(directory.resolve("vocab.json"), vocabulary());
    Files.writeString(
        directory.resolve("merges.txt"), "#version: 0.2\n" + String.join("\n", MERGES) + "\n");
    Files.writeString(directory.resolve("tokenizer_config.json"), config);
    return directory;
  }

  static String vocabulary() {
    List<String> tokens = new ArrayList<>();
    for (char c = '!'; c <= '~'; c++) {
      tokens.add(String.valueOf(c));
    }
    for (char c = '!'; c <= '~'; c++) {
      tokens.add(c + "</w>");
    }
    for (String merge : MERGES) {
      tokens.add(merge.replace(" ", ""));
    }
    tokens.add("<|startoftext|>");
    tokens.add("<|endoftext|>");
    return IntStream.range(0, tokens.size())
        .mapToObj(
            i -> "\"" + tokens.get(i).replace("\\", "\\\\").replace("\"", "\\\"") + "\": " + i)
        .collect(Collectors.joining(", ", "{", "}"));
  }
}
