package io.freemask.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freemask.InvalidInputException;
import io.freemask.tensor.DType;
import io.freemask.tensor.Tensor;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The text encoder against transformers. */
class TextEncoderParityIT {

  @Test
  void tinyModelGivesEveryHiddenState() {
    try (NativeTestContext test = NativeTestContext.open();
        Golden golden = Golden.open("tiny/tokens_text.safetensors")) {
      TextEncoder encoder =
          test.add(
              TextEncoder.load(Golden.path("tiny-model/text_encoder"), test.context(), DType.F32));
      Set<String> seen = new HashSet<>();
      Callbacks callbacks =
          Callbacks.NONE.withProbe(
              (name, shape, values) -> {
                if (golden.file().names().contains(name)) {
                  golden.check(name, shape, values, Golden.FORWARD);
                  seen.add(name);
                }
              },
              false);

      Tensor states = test.add(encoder.forward(ids(golden), callbacks));

      golden.check("last_hidden_state", states, Golden.FORWARD);
      assertThat(seen)
          .containsExactlyInAnyOrder(
              "hidden_states.0", "hidden_states.1", "hidden_states.2", "pooler_output");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"text-prefixed", "text-bare"})
  void bothKeyLayoutsGiveTheSame(String variant) {
    try (NativeTestContext test = NativeTestContext.open();
        Golden golden = Golden.open("variants/text-expected.safetensors")) {
      TextEncoder encoder =
          test.add(TextEncoder.load(Golden.path("variants/" + variant), test.context(), DType.F32));

      Tensor states = test.add(encoder.forward(ids(golden), Callbacks.NONE));

      golden.check("last_hidden_state", states, Golden.FORWARD);
    }
  }

  @Test
  void builtInModelHasNoLayersAndStillEncodes() {
    try (NativeTestContext test = NativeTestContext.open()) {
      ModelDirectory model = ModelDirectory.builtIn();
      TextEncoder encoder = test.add(model.loadTextEncoder(test.context(), DType.F32));

      Tensor states = test.add(encoder.forward(new long[][] {{692, 70, 693}}, Callbacks.NONE));

      assertThat(states.shape().toString()).isEqualTo("[1,3,128]");
      // The final layer norm leaves its weights' scale: the states are neither zero nor large.
      float[] values = states.toFloats();
      double squares = 0;
      for (float value : values) {
        squares += value * value;
      }
      assertThat(Math.sqrt(squares / values.length)).isBetween(0.05, 20.0);
    }
  }

  @Test
  void idsOutsideTheVocabularyAndLongRowsAreRefused() {
    try (NativeTestContext test = NativeTestContext.open()) {
      TextEncoder encoder =
          test.add(TextEncoder.load(Golden.path("variants/text-bare"), test.context(), DType.F32));

      assertThatThrownBy(() -> encoder.forward(new long[][] {{1, 64}}, Callbacks.NONE))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("64");
      assertThatThrownBy(() -> encoder.forward(new long[][] {{1, -1}}, Callbacks.NONE))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("-1");
      assertThatThrownBy(() -> encoder.forward(new long[1][17], Callbacks.NONE))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("16");
      assertThatThrownBy(() -> encoder.forward(new long[][] {{1, 2}, {3}}, Callbacks.NONE))
          .isInstanceOf(InvalidInputException.class)
          .hasMessage("row 1 has 1 token ids, expected 2");
      assertThatThrownBy(() -> encoder.forward(new long[0][0], Callbacks.NONE))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("empty");
    }
  }

  private static long[][] ids(Golden golden) {
    long[] flat = golden.file().longs("input_ids");
    int rows = (int) golden.shape("input_ids").dim(0);
    int length = flat.length / rows;
    long[][] ids = new long[rows][length];
    for (int row = 0; row < rows; row++) {
      System.arraycopy(flat, row * length, ids[row], 0, length);
    }
    return ids;
  }
}
