package io.freemask.prompt;

import io.freemask.InvalidInputException;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * CLIP's byte-level byte-pair tokenizer for any vocabulary.
 *
 * <p>Gives the ids of transformers' {@code CLIPTokenizer}: canonical composition (NFC), lower case
 * by code point, then letters, single digits and runs of other characters apart, each ending in
 * {@code </w>}. Added tokens (start, end, padding) are cut out of the text first, so where "!"
 * pads, a literal "!" is the padding id. Immutable and safe for use by several threads.
 */
public final class ClipTokenizer {

  private static final Pattern WHITE_SPACE =
      Pattern.compile("\\s+", Pattern.UNICODE_CHARACTER_CLASS);
  private static final Pattern PRE_TOKEN =
      Pattern.compile(
          "(<\\|)(startoftext|endoftext)(\\|>)|'s|'t|'re|'ve|'m|'ll|'d|\\p{L}+|\\p{N}|[^\\s\\p{L}\\p{N}]+",
          Pattern.UNICODE_CHARACTER_CLASS);

  /** The only code point whose lower case is longer than one, outside of any context. */
  private static final int CAPITAL_I_WITH_DOT = 0x130;

  private final TokenizerFiles files;
  private final BytePairEncoder encoder;
  private final AddedTokenSplitter raw;
  private final AddedTokenSplitter normalized;
  private final int maxLength;

  private ClipTokenizer(TokenizerFiles files, int maxLength) {
    this.files = files;
    this.encoder = new BytePairEncoder(files.vocabulary(), files.merges(), files.unknown());
    List<AddedToken> before = new ArrayList<>();
    List<AddedToken> after = new ArrayList<>();
    for (AddedToken token : files.addedTokens()) {
      if (token.normalized()) {
        after.add(new AddedToken(normalize(token.content()), token.id(), true, token.singleWord()));
      } else {
        before.add(token);
      }
    }
    this.raw = new AddedTokenSplitter(before);
    this.normalized = new AddedTokenSplitter(after);
    this.maxLength = maxLength;
  }

  /**
   * Opens a tokenizer directory whose {@code tokenizer_config.json} gives the length.
   *
   * @param directory holds {@code vocab.json} and {@code merges.txt}, or {@code tokenizer.json}
   * @throws InvalidInputException if a file is missing or wrong, or no length is given
   */
  public static ClipTokenizer open(Path directory) {
    TokenizerFiles files = TokenizerFiles.read(directory);
    OptionalInt maxLength = files.maxLength();
    if (maxLength.isEmpty()) {
      throw new InvalidInputException(
          directory.resolve("tokenizer_config.json") + " gives no model_max_length");
    }
    return new ClipTokenizer(files, maxLength.getAsInt());
  }

  /**
   * Opens a tokenizer directory with the length of the text encoder that it is for.
   *
   * @param directory holds {@code vocab.json} and {@code merges.txt}, or {@code tokenizer.json}
   * @param maxLength L, the text encoder's number of positions, at least 2
   * @throws InvalidInputException if a file is missing or wrong
   */
  public static ClipTokenizer open(Path directory, int maxLength) {
    if (maxLength < 2) {
      throw new IllegalArgumentException("maxLength is " + maxLength + ", expected at least 2");
    }
    return new ClipTokenizer(TokenizerFiles.read(directory), maxLength);
  }

  /** Returns L, the number of ids of every encoding. */
  public int maxLength() {
    return maxLength;
  }

  /** Returns the number of ids: one more than the largest id. */
  public int vocabularySize() {
    int largest = 0;
    for (int id : files.vocabulary().values()) {
      largest = Math.max(largest, id);
    }
    for (AddedToken token : files.addedTokens()) {
      largest = Math.max(largest, token.id());
    }
    return largest + 1;
  }

  /** Returns the id of the start token. */
  public int startId() {
    return files.start();
  }

  /** Returns the id of the end token. */
  public int endId() {
    return files.end();
  }

  /** Returns the id of the padding token. */
  public int paddingId() {
    return files.padding();
  }

  /**
   * Encodes a text, which may be empty.
   *
   * @throws InvalidInputException if the text has more tokens than fit
   */
  public Encoding encode(String text) {
    return encode(text, false);
  }

  /**
   * Encodes a text, which may be empty.
   *
   * @param truncate whether tokens that do not fit are dropped instead of refused
   * @throws InvalidInputException if the text has more tokens than fit and truncate is false
   */
  public Encoding encode(String text, boolean truncate) {
    List<String> words = split(text);
    List<Integer> tokens = new ArrayList<>();
    List<Integer> wordEnds = new ArrayList<>();
    for (String word : words) {
      encodeWord(word, tokens);
      wordEnds.add(tokens.size());
    }
    int room = maxLength - 2;
    if (tokens.size() > room && !truncate) {
      throw new InvalidInputException(
          "prompt has "
              + (tokens.size() + 2)
              + " tokens with start and end, the text encoder takes "
              + maxLength
              + "; shorten it, or have it cut off where that is an option (--truncate, in Java"
              + " truncate): '"
              + abbreviate(text)
              + "'");
    }
    int kept = Math.min(tokens.size(), room);
    long[] ids = new long[maxLength];
    Arrays.fill(ids, files.padding());
    ids[0] = files.start();
    for (int i = 0; i < kept; i++) {
      ids[i + 1] = tokens.get(i);
    }
    ids[kept + 1] = files.end();
    List<TokenSpan> spans = new ArrayList<>(words.size());
    int start = 0;
    for (int end : wordEnds) {
      spans.add(new TokenSpan(1 + Math.min(start, kept), 1 + Math.min(end, kept)));
      start = end;
    }
    return new Encoding(ids, kept + 2, words, spans);
  }

  /** Splits a text at white space (Unicode's), without empty words. */
  static List<String> split(String text) {
    List<String> words = new ArrayList<>();
    for (String word : WHITE_SPACE.split(text)) {
      if (!word.isEmpty()) {
        words.add(word);
      }
    }
    return words;
  }

  // No token crosses white space, so a text is its words' tokens one after the other.
  private void encodeWord(String word, List<Integer> out) {
    raw.split(
        word,
        text -> normalized.split(normalize(text), part -> encodePart(part, out), out::add),
        out::add);
  }

  private void encodePart(String part, List<Integer> out) {
    Matcher matcher = PRE_TOKEN.matcher(part);
    while (matcher.find()) {
      if (matcher.group(2) == null) {
        encodePreToken(matcher.group(), out);
      } else {
        // CLIP's own markers, spelled out where they are no added tokens, stand apart from what
        // follows.
        encodePreToken(matcher.group(1), out);
        encodePreToken(matcher.group(2), out);
        encodePreToken(matcher.group(3), out);
      }
    }
  }

  private void encodePreToken(String preToken, List<Integer> out) {
    encoder.encode(ByteAlphabet.encode(preToken), out);
  }

  private static String normalize(String text) {
    StringBuilder out = new StringBuilder(text.length());
    Normalizer.normalize(text, Normalizer.Form.NFC)
        .codePoints()
        .forEach(
            c -> {
              // String.toLowerCase would also apply the final sigma rule, which CLIP does not have.
              if (c == CAPITAL_I_WITH_DOT) {
                out.append("i\u0307");
              } else {
                out.appendCodePoint(Character.toLowerCase(c));
              }
            });
    return out.toString();
  }

  private static String abbreviate(String text) {
    String line = WHITE_SPACE.matcher(text.strip()).replaceAll(" ");
    return line.length() <= 60 ? line : line.substring(0, 57) + "...";
  }
}
