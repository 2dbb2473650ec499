package io.freemask.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freemask.InvalidInputException;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Mappings worked out by hand over L = 8. In the small vocabulary "car" and "red" are one token
 * each and every other word has one token for each letter.
 */
class TokenMappingTest {

  @TempDir Path directory;

  private ClipTokenizer tokenizer;

  @BeforeEach
  void open() throws IOException {
    tokenizer = ClipTokenizer.open(SmallTokenizer.write(directory, "{\"model_max_length\": 8}"));
  }

  @Test
  void equalPromptsReplaceByTheIdentity() {
    assertThat(replace("a red car", "a red car").matrix())
        .containsExactly(TokenMapping.none(8).matrix());
  }

  @Test
  void swapOfEquallyLongWordsIsTheIdentity() {
    assertThat(replace("a red car", "a b car").matrix())
        .containsExactly(TokenMapping.none(8).matrix());
    assertThat(replace("ab c", "de c").matrix()).containsExactly(TokenMapping.none(8).matrix());
  }

  @Test
  void shorterToLongerWordSpreadsOneRowOverAllItsPieces() {
    // Source: start a car b end; target: start a x y b end. car -> x y: 1/2 each, then the
    // diagonal of the target, which ends with the rows' end: column 7 is still reached at row 6.
    float[][] r = rows(replace("a car b", "a xy b"));
    assertThat(r[0]).containsExactly(1, 0, 0, 0, 0, 0, 0, 0);
    assertThat(r[1]).containsExactly(0, 1, 0, 0, 0, 0, 0, 0);
    assertThat(r[2]).containsExactly(0, 0, .5f, .5f, 0, 0, 0, 0);
    assertThat(r[3]).containsExactly(0, 0, 0, 0, 0, 0, 0, 0);
    assertThat(r[4]).containsExactly(0, 0, 0, 0, 1, 0, 0, 0);
    assertThat(r[5]).containsExactly(0, 0, 0, 0, 0, 1, 0, 0);
    assertThat(r[6]).containsExactly(0, 0, 0, 0, 0, 0, 1, 0);
    assertThat(r[7]).containsExactly(0, 0, 0, 0, 0, 0, 0, 1);
  }

  @Test
  void longerToShorterWordSumsItsRowsAndLeavesTheLastColumnsEmpty() {
    // Source: start x y z b end; target: start car b end. Three rows go to one column; then the
    // row is at 4 and the column at 2, so the rows end when the column is at 6.
    float[][] r = rows(replace("xyz b", "car b"));
    assertThat(r[0]).containsExactly(1, 0, 0, 0, 0, 0, 0, 0);
    assertThat(r[1]).containsExactly(0, 1, 0, 0, 0, 0, 0, 0);
    assertThat(r[2]).containsExactly(0, 1, 1, 0, 0, 0, 0, 0);
    assertThat(r[3]).containsExactly(0, 1, 0, 1, 0, 0, 0, 0);
    assertThat(r[4]).containsExactly(0, 0, 0, 0, 1, 0, 0, 0);
    assertThat(r[5]).containsExactly(0, 0, 0, 0, 0, 1, 0, 0);
    assertThat(r[6]).containsExactly(0, 0, 0, 0, 0, 0, 0, 0);
    assertThat(r[7]).containsExactly(0, 0, 0, 0, 0, 0, 0, 0);
  }

  @Test
  void betweenTwoSwapsTheDiagonalIsShifted() {
    // Source: start car a red end; target: start x y a z end.
    float[][] r = rows(replace("car a red", "xy a z"));
    assertThat(r[0]).containsExactly(1, 0, 0, 0, 0, 0, 0, 0);
    assertThat(r[1]).containsExactly(0, .5f, .5f, 0, 0, 0, 0, 0);
    assertThat(r[2]).containsExactly(0, 0, 0, 1, 0, 0, 0, 0);
    assertThat(r[3]).containsExactly(0, 0, 0, 0, 1, 0, 0, 0);
    assertThat(r[4]).containsExactly(0, 0, 0, 0, 0, 0, 0, 0);
    assertThat(r[5]).containsExactly(0, 0, 0, 0, 0, 1, 0, 0);
    assertThat(r[6]).containsExactly(0, 0, 0, 0, 0, 0, 1, 0);
    assertThat(r[7]).containsExactly(0, 0, 0, 0, 0, 0, 0, 1);
  }

  @Test
  void severalPiecesToSeveralTakeTheSumOfAllRows() {
    // x y z -> u v: both columns take half of each of the three rows.
    float[][] r = rows(replace("xyz", "uv"));
    for (int row = 1; row <= 3; row++) {
      assertThat(r[row][1]).isEqualTo(.5f);
      assertThat(r[row][2]).isEqualTo(.5f);
    }
  }

  @Test
  void replaceNeedsAsManyWords() {
    assertThatThrownBy(() -> replace("a car", "a red car"))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("source has 2")
        .hasMessageContaining("target has 3");
  }

  @Test
  void refineAlignsWhatBothHave() {
    // Source: start a car end; target: start a red car end. "red" is inserted.
    TokenMapping.Refine refine = refine("a car", "a red car");
    assertThat(refine.sources()).containsExactly(0, 1, -1, 2, 3, 5, 6, 7);
    assertThat(refine.weights()).containsExactly(1, 1, 0, 1, 1, 1, 1, 1);
    float[][] r = rows(refine);
    assertThat(r[2]).containsExactly(0, 0, 0, 1, 0, 0, 0, 0);
    assertThat(r[4]).containsOnly(0);
    assertThat(r[5]).containsExactly(0, 0, 0, 0, 0, 1, 0, 0);
  }

  @Test
  void refineTakesASwappedWordAsAGap() {
    assertThat(refine("a car b", "a red b").sources()).containsExactly(0, 1, -1, 3, 4, 5, 6, 7);
  }

  @Test
  void refineOfAShorterTargetKeepsThePaddingInPlace() {
    // Source: start a red car end; target: start car end. The end token is 4 in the source.
    assertThat(refine("a red car", "car").sources()).containsExactly(0, 3, 4, 3, 4, 5, 6, 7);
  }

  @Test
  void refineOfARepeatedWordPairsTheEarlierOfEqualSources() {
    // Source: start a b a end; target: start a end. From the end, dropping a source token is tried
    // before pairing, so the first "a" is paired.
    assertThat(refine("a b a", "a").sources()).containsExactly(0, 1, 4, 3, 4, 5, 6, 7);
    // Source: start a end; target: start a b a end. Inserting comes first of all, so the earlier
    // target "a" is paired.
    assertThat(refine("a", "a b a").sources()).containsExactly(0, 1, -1, -1, 2, 5, 6, 7);
  }

  @Test
  void noneIsTheIdentity() {
    TokenMapping none = TokenMapping.none(3);
    assertThat(none.matrix()).containsExactly(1, 0, 0, 0, 1, 0, 0, 0, 1);
    assertThat(none.weights()).containsExactly(1, 1, 1);
  }

  private TokenMapping.Replace replace(String source, String target) {
    return TokenMapping.replace(Prompt.of(tokenizer, source), Prompt.of(tokenizer, target));
  }

  private TokenMapping.Refine refine(String source, String target) {
    return TokenMapping.refine(Prompt.of(tokenizer, source), Prompt.of(tokenizer, target));
  }

  private static float[][] rows(TokenMapping mapping) {
    int length = mapping.length();
    float[] flat = mapping.matrix();
    float[][] rows = new float[length][length];
    for (int i = 0; i < flat.length; i++) {
      rows[i / length][i % length] = flat[i];
    }
    return rows;
  }
}
