package io.freemask.prompt;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.freemask.InvalidInputException;
import io.freemask.prompt.BytePairEncoder.Merge;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a tokenizer directory says, checked.
 *
 * <p>Vocabulary and merges come from {@code vocab.json} and {@code merges.txt}, or from {@code
 * tokenizer.json} when both are absent. A special token comes from {@code special_tokens_map.json}
 * if that names it, else from {@code tokenizer_config.json}, else it is CLIP's own.
 *
 * @param vocabulary token to id
 * @param merges pair of ids ({@link BytePairEncoder#pair}) to what they merge into
 * @param addedTokens the tokens that are cut out of a text first
 * @param start id of the start token
 * @param end id of the end token
 * @param padding id of the padding token
 * @param unknown id of the token for an unknown symbol
 * @param maxLength {@code model_max_length}, empty if the directory does not say
 */
record TokenizerFiles(
    Map<String, Integer> vocabulary,
    Map<Long, Merge> merges,
    List<AddedToken> addedTokens,
    int start,
    int end,
    int padding,
    int unknown,
    OptionalInt maxLength) {

  private static final String VOCABULARY = "vocab.json";
  private static final String MERGES = "merges.txt";
  private static final String TOKENIZER = "tokenizer.json";
  private static final String CONFIG = "tokenizer_config.json";
  private static final String SPECIAL_TOKENS = "special_tokens_map.json";
  private static final String START_OF_TEXT = "<|startoftext|>";
  private static final String END_OF_TEXT = "<|endoftext|>";
  private static final Pattern WHITE_SPACE =
      Pattern.compile("\\s", Pattern.UNICODE_CHARACTER_CLASS);
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * Reads a tokenizer directory.
   *
   * @throws InvalidInputException if a file is missing or wrong; names the file and the field
   */
  static TokenizerFiles read(Path directory) {
    if (!Files.isDirectory(directory)) {
      throw new InvalidInputException(
          "tokenizer directory " + directory + " does not exist or is not a directory");
    }
    Path vocabularyFile = directory.resolve(VOCABULARY);
    Path mergesFile = directory.resolve(MERGES);
    Path tokenizerFile = directory.resolve(TOKENIZER);
    Map<String, Integer> vocabulary;
    Map<Long, Merge> merges;
    Map<String, AddedToken> added = new LinkedHashMap<>();
    if (Files.exists(vocabularyFile) && Files.exists(mergesFile)) {
      vocabulary = vocabulary(vocabularyFile, object(vocabularyFile));
      merges = merges(mergesFile, mergeLines(mergesFile), vocabulary);
    } else if (Files.exists(tokenizerFile)) {
      JsonNode tokenizer = object(tokenizerFile);
      JsonNode model = model(tokenizerFile, tokenizer);
      vocabulary = vocabulary(tokenizerFile, model.path("vocab"));
      merges = merges(tokenizerFile, mergeList(tokenizerFile, model.path("merges")), vocabulary);
      for (JsonNode token : tokenizer.path("added_tokens")) {
        addToken(tokenizerFile, added, token, token.path("id"));
      }
    } else {
      throw new InvalidInputException(
          "tokenizer directory "
              + directory
              + " lacks "
              + (Files.exists(vocabularyFile) ? MERGES : VOCABULARY)
              + ": expected vocab.json and merges.txt, or tokenizer.json");
    }
    return withSpecialTokens(directory, vocabulary, merges, added);
  }

  private static TokenizerFiles withSpecialTokens(
      Path directory,
      Map<String, Integer> vocabulary,
      Map<Long, Merge> merges,
      Map<String, AddedToken> added) {
    Path configFile = directory.resolve(CONFIG);
    Path specialFile = directory.resolve(SPECIAL_TOKENS);
    JsonNode config = Files.exists(configFile) ? object(configFile) : JSON.createObjectNode();
    JsonNode special = Files.exists(specialFile) ? object(specialFile) : JSON.createObjectNode();
    config
        .path("added_tokens_decoder")
        .properties()
        .forEach(
            entry -> {
              JsonNode id;
              try {
                id = JSON.readTree(entry.getKey());
              } catch (JsonProcessingException e) {
                throw new InvalidInputException(
                    configFile + ": added_tokens_decoder has '" + entry.getKey() + "' for an id",
                    e);
              }
              addToken(configFile, added, entry.getValue(), id);
            });

    Map<String, Integer> ids = new HashMap<>();
    Map<String, String> standard = new LinkedHashMap<>();
    standard.put("bos_token", START_OF_TEXT);
    standard.put("eos_token", END_OF_TEXT);
    standard.put("unk_token", END_OF_TEXT);
    standard.put("pad_token", END_OF_TEXT);
    standard.forEach(
        (key, content) -> {
          boolean mapped = special.hasNonNull(key);
          JsonNode node = mapped ? special.get(key) : config.get(key);
          Path file = mapped ? specialFile : configFile;
          AddedToken token = specialToken(file, key, node, content, vocabulary, added);
          added.putIfAbsent(token.content(), token);
          ids.put(key, token.id());
        });
    for (AddedToken token : added.values()) {
      if (token.content().isEmpty() || WHITE_SPACE.matcher(token.content()).find()) {
        throw new InvalidInputException(
            directory
                + ": added token '"
                + token.content()
                + "' is empty or holds white space, which is not supported");
      }
    }
    return new TokenizerFiles(
        vocabulary,
        merges,
        List.copyOf(added.values()),
        id(ids, "bos_token"),
        id(ids, "eos_token"),
        id(ids, "pad_token"),
        id(ids, "unk_token"),
        maxLength(configFile, config.get("model_max_length")));
  }

  private static int id(Map<String, Integer> ids, String key) {
    Integer id = ids.get(key);
    if (id == null) {
      throw new IllegalStateException("no " + key);
    }
    return id;
  }

  private static AddedToken specialToken(
      Path file,
      String key,
      @Nullable JsonNode node,
      String standard,
      Map<String, Integer> vocabulary,
      Map<String, AddedToken> added) {
    String content = standard;
    boolean normalized = false;
    boolean singleWord = false;
    if (node != null && node.isTextual()) {
      content = node.textValue();
    } else if (node != null && node.isObject() && node.path("content").isTextual()) {
      content = node.path("content").textValue();
      normalized = node.path("normalized").asBoolean(false);
      singleWord = node.path("single_word").asBoolean(false);
    } else if (node != null && !node.isNull()) {
      throw new InvalidInputException(
          file + ": " + key + " is " + node + ", expected a text or an object with content");
    }
    AddedToken known = added.get(content);
    if (known != null) {
      return known;
    }
    Integer id = vocabulary.get(content);
    if (id == null) {
      throw new InvalidInputException(
          file + ": " + key + " '" + content + "' is not in the vocabulary");
    }
    return new AddedToken(content, id, normalized, singleWord);
  }

  private static void addToken(
      Path file, Map<String, AddedToken> added, JsonNode token, JsonNode id) {
    if (!token.path("content").isTextual() || !id.canConvertToInt() || id.intValue() < 0) {
      throw new InvalidInputException(
          file + ": added token " + token + " lacks a content or a non-negative id");
    }
    String content = token.path("content").textValue();
    added.put(
        content,
        new AddedToken(
            content,
            id.intValue(),
            token.path("normalized").asBoolean(false),
            token.path("single_word").asBoolean(false)));
  }

  private static OptionalInt maxLength(Path file, @Nullable JsonNode node) {
    // transformers writes 10^30 for "no limit".
    if (node == null || node.isNull() || (node.isNumber() && node.doubleValue() >= 1e9)) {
      return OptionalInt.empty();
    }
    if (!node.isIntegralNumber() || node.intValue() < 2) {
      throw new InvalidInputException(
          file + ": model_max_length is " + node + ", expected an integer of at least 2");
    }
    return OptionalInt.of(node.intValue());
  }

  private static JsonNode model(Path file, JsonNode tokenizer) {
    JsonNode model = tokenizer.path("model");
    String type = model.path("type").asText("BPE");
    if (!type.equals("BPE")) {
      throw new InvalidInputException(file + ": model.type is " + type + ", expected BPE");
    }
    String suffix = model.path("end_of_word_suffix").asText("");
    if (!suffix.equals(BytePairEncoder.END_OF_WORD)) {
      throw new InvalidInputException(
          file
              + ": model.end_of_word_suffix is '"
              + suffix
              + "', expected '"
              + BytePairEncoder.END_OF_WORD
              + "' (a CLIP tokenizer)");
    }
    return model;
  }

  private static Map<String, Integer> vocabulary(Path file, JsonNode node) {
    if (!node.isObject() || node.isEmpty()) {
      throw new InvalidInputException(file + ": expected an object of token to id");
    }
    Map<String, Integer> vocabulary = new HashMap<>(node.size() * 2);
    Map<Integer, String> tokens = new HashMap<>(node.size() * 2);
    for (Map.Entry<String, JsonNode> entry : node.properties()) {
      JsonNode id = entry.getValue();
      if (!id.isIntegralNumber() || !id.canConvertToInt() || id.intValue() < 0) {
        throw new InvalidInputException(
            file + ": token '" + entry.getKey() + "' has id " + id + ", expected an integer >= 0");
      }
      String other = tokens.put(id.intValue(), entry.getKey());
      if (other != null) {
        throw new InvalidInputException(
            file + ": tokens '" + other + "' and '" + entry.getKey() + "' share id " + id);
      }
      vocabulary.put(entry.getKey(), id.intValue());
    }
    return vocabulary;
  }

  private static List<String[]> mergeLines(Path file) {
    List<String> lines;
    try {
      lines = Files.readAllLines(file);
    } catch (CharacterCodingException e) {
      throw new InvalidInputException(file + " is not UTF-8 text", e);
    } catch (IOException e) {
      throw unreadable(file, e);
    }
    List<String[]> out = new ArrayList<>(lines.size());
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      if (line.isEmpty() || line.startsWith("#version")) {
        continue;
      }
      String[] parts = line.split(" ", -1);
      if (parts.length != 2) {
        throw new InvalidInputException(
            file + " line " + (i + 1) + ": expected two symbols, found '" + line + "'");
      }
      out.add(parts);
    }
    return out;
  }

  private static List<String[]> mergeList(Path file, JsonNode node) {
    List<String[]> out = new ArrayList<>(node.size());
    for (JsonNode merge : node) {
      String[] parts =
          merge.isArray() && merge.size() == 2
              ? new String[] {merge.get(0).asText(), merge.get(1).asText()}
              : merge.asText().split(" ", -1);
      if (parts.length != 2) {
        throw new InvalidInputException(
            file + ": model.merges: expected two symbols, found " + merge);
      }
      out.add(parts);
    }
    return out;
  }

  private static Map<Long, Merge> merges(
      Path file, List<String[]> pairs, Map<String, Integer> vocabulary) {
    Map<Long, Merge> merges = new HashMap<>(pairs.size() * 2);
    for (int rank = 0; rank < pairs.size(); rank++) {
      String[] pair = pairs.get(rank);
      int left = token(file, vocabulary, pair, pair[0]);
      int right = token(file, vocabulary, pair, pair[1]);
      int merged = token(file, vocabulary, pair, pair[0] + pair[1]);
      merges.put(BytePairEncoder.pair(left, right), new Merge(rank, merged));
    }
    return merges;
  }

  private static int token(
      Path file, Map<String, Integer> vocabulary, String[] pair, String symbol) {
    Integer id = vocabulary.get(symbol);
    if (id == null) {
      throw new InvalidInputException(
          file
              + ": merge '"
              + pair[0]
              + " "
              + pair[1]
              + "' needs '"
              + symbol
              + "', which the vocabulary lacks");
    }
    return id;
  }

  private static JsonNode object(Path file) {
    JsonNode node;
    try {
      node = JSON.readTree(file.toFile());
    } catch (JsonProcessingException e) {
      throw new InvalidInputException(file + " is not valid JSON: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw unreadable(file, e);
    }
    if (!node.isObject()) {
      throw new InvalidInputException(file + ": expected a JSON object");
    }
    return node;
  }

  private static InvalidInputException unreadable(Path file, IOException cause) {
    return new InvalidInputException("cannot read " + file + ": " + cause, cause);
  }
}
