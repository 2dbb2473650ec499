package io.freemask.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.freemask.InvalidInputException;
import io.freemask.prompt.WordWindows.Window;
import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Examples computed by Prompt-to-Prompt's own code over CLIP's genuine vocabulary. */
class PromptToPromptTest {

  private static final ClipTokenizer CLIP = Golden.clip();

  /** One example; its name identifies it in reports. */
  record Example(JsonNode node) {

    Prompt source() {
      return Prompt.of(CLIP, node.get("source").asText());
    }

    Prompt target() {
      return Prompt.of(CLIP, node.get("target").asText());
    }

    @Override
    public String toString() {
      return node.get("name").asText();
    }
  }

  static Stream<Example> examples() throws IOException {
    JsonNode examples = Golden.json("/golden/p2p/examples.json").get("examples");
    return StreamSupport.stream(examples.spliterator(), false).map(Example::new);
  }

  @Test
  void thereAreExamples() throws IOException {
    assertThat(examples()).hasSizeGreaterThanOrEqualTo(20);
  }

  @ParameterizedTest
  @MethodSource("examples")
  void wordsHaveTheSameTokens(Example example) {
    assertWords(example.source(), example.node.get("source_words"));
    assertWords(example.target(), example.node.get("target_words"));
    Prompt target = example.target();
    example
        .node
        .get("word_tokens")
        .properties()
        .forEach(
            entry ->
                assertThat(target.tokens(entry.getKey()))
                    .as(entry.getKey())
                    .containsExactly(ints(entry.getValue())));
  }

  @ParameterizedTest
  @MethodSource("examples")
  void refineIsTheSame(Example example) {
    TokenMapping.Refine refine = TokenMapping.refine(example.source(), example.target());
    int[] pi = new int[77];
    Arrays.setAll(pi, n -> n);
    float[] a = new float[77];
    Arrays.fill(a, 1);
    int[] firstPi = ints(example.node.get("refine").get("pi"));
    System.arraycopy(firstPi, 0, pi, 0, firstPi.length);
    for (int n = 0; n < firstPi.length; n++) {
      a[n] = example.node.get("refine").get("a").get(n).floatValue();
    }
    assertThat(refine.sources()).containsExactly(pi);
    assertThat(refine.weights()).containsExactly(a);
  }

  @ParameterizedTest
  @MethodSource("examples")
  void replaceIsTheSame(Example example) {
    JsonNode entries = example.node.get("replace");
    if (entries.isNull()) {
      assertThatThrownBy(() -> TokenMapping.replace(example.source(), example.target()))
          .isInstanceOf(InvalidInputException.class);
      return;
    }
    float[] expected = new float[77 * 77];
    for (JsonNode entry : entries) {
      expected[entry.get(0).intValue() * 77 + entry.get(1).intValue()] = entry.get(2).floatValue();
    }
    // The examples give seven digits.
    assertThat(TokenMapping.replace(example.source(), example.target()).matrix())
        .containsExactly(expected, within(1e-7f));
  }

  @ParameterizedTest
  @MethodSource("examples")
  void equalizerIsTheSame(Example example) {
    Map<String, Double> words = new LinkedHashMap<>();
    JsonNode node = example.node.get("equalizer");
    node.get("words").properties().forEach(e -> words.put(e.getKey(), e.getValue().asDouble()));
    float[] expected = new float[77];
    Arrays.fill(expected, 1);
    node.get("values")
        .properties()
        .forEach(e -> expected[Integer.parseInt(e.getKey())] = e.getValue().floatValue());
    assertThat(Equalizer.of(example.target(), words).factors()).containsExactly(expected);
  }

  @ParameterizedTest
  @MethodSource("examples")
  void windowsAreTheSame(Example example) {
    for (JsonNode node : example.node.get("alphas")) {
      Map<String, Window> words = new LinkedHashMap<>();
      node.get("word_windows")
          .properties()
          .forEach(e -> words.put(e.getKey(), window(e.getValue())));
      WordWindows windows = WordWindows.of(example.target(), window(node.get("window")), words);
      int steps = node.get("steps").intValue();
      for (int step = 0; step < steps; step++) {
        float[] expected = new float[77];
        Arrays.fill(expected, isWithin(node.get("default"), step));
        for (Map.Entry<String, JsonNode> token : node.get("tokens").properties()) {
          expected[Integer.parseInt(token.getKey())] = isWithin(token.getValue(), step);
        }
        assertThat(windows.alpha(step, steps))
            .as("step %d of %d", step, steps)
            .containsExactly(expected);
      }
    }
  }

  private static void assertWords(Prompt prompt, JsonNode words) {
    assertThat(prompt.words()).hasSize(words.size());
    for (int i = 0; i < words.size(); i++) {
      assertThat(prompt.words().get(i)).isEqualTo(words.get(i).get(0).asText());
      assertThat(prompt.tokens(i)).containsExactly(ints(words.get(i).get(1)));
    }
  }

  private static Window window(JsonNode node) {
    return new Window(node.get(0).asDouble(), node.get(1).asDouble());
  }

  private static float isWithin(JsonNode range, int step) {
    return range.get(0).intValue() <= step && step < range.get(1).intValue() ? 1 : 0;
  }

  private static int[] ints(JsonNode node) {
    int[] out = new int[node.size()];
    for (int i = 0; i < out.length; i++) {
      out[i] = node.get(i).intValue();
    }
    return out;
  }
}
