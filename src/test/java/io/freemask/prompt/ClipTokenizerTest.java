package io.freemask.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.freemask.InvalidInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClipTokenizerTest {

  private static final String CONFIG = "{\"model_max_length\": 12}";

  @TempDir Path directory;

  @TestFactory
  Stream<DynamicTest> equalsTransformersOnEveryGoldenPrompt() throws IOException {
    ClipTokenizer tokenizer = Golden.clip();
    List<JsonNode> cases = new ArrayList<>();
    Golden.json("/golden/tokenizer_golden.json").forEach(cases::add);
    assertThat(cases).hasSize(31);
    return cases.stream()
        .map(
            node ->
                DynamicTest.dynamicTest(
                    "'" + node.get("text").asText() + "'",
                    () ->
                        assertThat(tokenizer.encode(node.get("text").asText(), true).ids())
                            .containsExactly(longs(node.get("ids_hf")))));
  }

  @Test
  void genuineVocabulary() {
    ClipTokenizer tokenizer = Golden.clip();
    assertThat(tokenizer.vocabularySize()).isEqualTo(49408);
    assertThat(tokenizer.maxLength()).isEqualTo(77);
    assertThat(tokenizer.startId()).isEqualTo(49406);
    assertThat(tokenizer.endId()).isEqualTo(49407);
    assertThat(tokenizer.paddingId()).isZero();
  }

  @Test
  void mergesByRankAndEndsWords() throws IOException {
    ClipTokenizer tokenizer = small(CONFIG);
    Encoding encoding = tokenizer.encode(" Red  cars\n");
    assertThat(encoding.unpaddedIds())
        .containsExactly(
            SmallTokenizer.START,
            SmallTokenizer.merged(1),
            SmallTokenizer.merged(4),
            SmallTokenizer.last('s'),
            SmallTokenizer.END);
    assertThat(encoding.words()).containsExactly("Red", "cars");
    assertThat(encoding.spans()).containsExactly(new TokenSpan(1, 2), new TokenSpan(2, 4));
    assertThat(encoding.length()).isEqualTo(5);
    assertThat(encoding.ids()).hasSize(12).endsWith(SmallTokenizer.END, SmallTokenizer.END);
  }

  @Test
  void emptyTextIsStartEndAndPadding() throws IOException {
    long[] expected = new long[12];
    Arrays.fill(expected, SmallTokenizer.END);
    expected[0] = SmallTokenizer.START;
    assertThat(small(CONFIG).encode("").ids()).containsExactly(expected);
    assertThat(small(CONFIG).encode(" \t\n").ids()).containsExactly(expected);
  }

  @Test
  void symbolThatTheVocabularyLacksIsUnknown() throws IOException {
    assertThat(small(CONFIG).encode("é").unpaddedIds())
        .containsExactly(
            SmallTokenizer.START, SmallTokenizer.END, SmallTokenizer.END, SmallTokenizer.END);
  }

  @Test
  void paddingOfSpecialTokensMapWins() throws IOException {
    SmallTokenizer.write(directory, "{\"model_max_length\": 6, \"pad_token\": \"<|endoftext|>\"}");
    assertThat(ClipTokenizer.open(directory).paddingId()).isEqualTo(SmallTokenizer.END);
    assertThat(ClipTokenizer.open(directory).encode("!").ids()[1])
        .isEqualTo(SmallTokenizer.last('!'));

    Files.writeString(directory.resolve("special_tokens_map.json"), "{\"pad_token\": \"!\"}");
    ClipTokenizer tokenizer = ClipTokenizer.open(directory);
    assertThat(tokenizer.paddingId()).isZero();
    assertThat(tokenizer.encode("!a").ids())
        .containsExactly(
            SmallTokenizer.START, 0, SmallTokenizer.last('a'), SmallTokenizer.END, 0, 0);
  }

  @ParameterizedTest
  @CsvSource({"true, 1", "false, 13"})
  void normalizedTokenIsFoundInAnyCase(boolean normalized, int tokens) throws IOException {
    SmallTokenizer.write(
        directory,
        "{\"model_max_length\": 20, \"eos_token\": {\"content\": \"<|endoftext|>\", \"normalized\":"
            + " "
            + normalized
            + "}}");
    Encoding encoding = ClipTokenizer.open(directory).encode("<|ENDOFTEXT|>");
    assertThat(encoding.length()).isEqualTo(tokens + 2);
    if (normalized) {
      assertThat(encoding.ids()[1]).isEqualTo(SmallTokenizer.END);
    }
  }

  @Test
  void tooLongTextIsRefusedWithTheNumbers() throws IOException {
    ClipTokenizer tokenizer = small(CONFIG);
    assertThat(tokenizer.encode("a b c d e f g h i j").length()).isEqualTo(12);
    assertThatThrownBy(() -> tokenizer.encode("a b c d e f g h i j k"))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("13 tokens")
        .hasMessageContaining("takes 12; shorten it, or have it cut off")
        .hasMessageContaining("(--truncate, in Java truncate)");
  }

  @Test
  void truncationKeepsTheEndToken() throws IOException {
    Encoding encoding = small(CONFIG).encode("a b c d e f g h i carz k", true);
    assertThat(encoding.ids()).hasSize(12).endsWith(SmallTokenizer.merged(4), SmallTokenizer.END);
    assertThat(encoding.spans().get(9)).isEqualTo(new TokenSpan(10, 11));
    assertThat(encoding.spans().get(10)).isEqualTo(new TokenSpan(11, 11));
  }

  @Test
  void readsTokenizerJsonAlone() throws IOException {
    Files.writeString(directory.resolve("tokenizer_config.json"), CONFIG);
    Files.writeString(
        directory.resolve("tokenizer.json"),
        "{\"added_tokens\": [{\"id\": 0, \"content\": \"!\", \"normalized\": false}], \"model\":"
            + " {\"type\": \"BPE\", \"end_of_word_suffix\": \"</w>\", \"vocab\": "
            + SmallTokenizer.vocabulary()
            + ", \"merges\": [[\"r\", \"e\"], \"re d</w>\"]}}");
    assertThat(ClipTokenizer.open(directory).encode("red!").unpaddedIds())
        .containsExactly(SmallTokenizer.START, SmallTokenizer.merged(1), 0, SmallTokenizer.END);
  }

  @Test
  void lengthOfTheTextEncoderWins() throws IOException {
    SmallTokenizer.write(directory, "{\"model_max_length\": 1000000000000000019884624838656}");
    assertThat(ClipTokenizer.open(directory, 9).encode("a").ids()).hasSize(9);
    assertThatThrownBy(() -> ClipTokenizer.open(directory))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("model_max_length");
  }

  @Test
  void missingFilesAreNamed() throws IOException {
    assertThatThrownBy(() -> ClipTokenizer.open(directory.resolve("nowhere")))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("nowhere");
    assertThatThrownBy(() -> ClipTokenizer.open(directory))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("vocab.json and merges.txt, or tokenizer.json");
    Files.writeString(directory.resolve("vocab.json"), SmallTokenizer.vocabulary());
    assertThatThrownBy(() -> ClipTokenizer.open(directory))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("lacks merges.txt");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "vocab.json            | {\"a\": 0, \"b\": 0}            | share id 0",
        "vocab.json            | {\"a\": \"x\"}                  | expected an integer",
        "vocab.json            | {\"a\":                         | not valid JSON",
        "vocab.json            | [1]                             | expected a JSON object",
        "merges.txt            | r e d                           | line 1: expected two symbols",
        "merges.txt            | q q                             | which the vocabulary lacks",
        "tokenizer_config.json | {\"model_max_length\": \"many\"} | model_max_length",
        "tokenizer_config.json | {\"pad_token\": \"<pad>\"}      | '<pad>' is not in the"
            + " vocabulary",
        "tokenizer_config.json | {\"pad_token\": 7}              | pad_token is 7",
      })
  void wrongFileIsNamed(String file, String content, String message) throws IOException {
    SmallTokenizer.write(directory, CONFIG);
    Files.writeString(directory.resolve(file), content);
    assertThatThrownBy(() -> ClipTokenizer.open(directory))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining(file)
        .hasMessageContaining(message)
        .message()
        .doesNotContain("\n");
  }

  private ClipTokenizer small(String config) throws IOException {
    return ClipTokenizer.open(SmallTokenizer.write(directory, config));
  }

  private static long[] longs(JsonNode node) {
    long[] out = new long[node.size()];
    for (int i = 0; i < out.length; i++) {
      out[i] = node.get(i).asLong();
    }
    return out;
  }
}
