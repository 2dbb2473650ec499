package io.freemask.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freemask.InvalidInputException;
import org.junit.jupiter.api.Test;

class PromptTest {

  private final ClipTokenizer clip = Golden.clip();

  @Test
  void stripsAndSplitsAtWhiteSpace() {
    Prompt prompt = Prompt.of(clip, "  a bear\t is \n walking ");
    assertThat(prompt.text()).isEqualTo("a bear\t is \n walking");
    assertThat(prompt.words()).containsExactly("a", "bear", "is", "walking");
    assertThat(prompt.tokens("a")).containsExactly(1);
    assertThat(prompt.tokens("walking")).containsExactly(4);
    assertThat(prompt.maxLength()).isEqualTo(77);
  }

  @Test
  void wordMeansAllPiecesOfEveryOccurrence() {
    Prompt prompt = Prompt.of(clip, "bear, ukiyo-e bear red car ukiyo-e");
    int pieces = prompt.tokens(1).length;
    assertThat(pieces).isGreaterThan(2);
    assertThat(prompt.tokens("bear,")).containsExactly(1, 2);
    assertThat(prompt.tokens("bear")).containsExactly(3 + pieces);
    int[] both = prompt.tokens("ukiyo-e");
    assertThat(both).hasSize(2 * pieces).startsWith(3).endsWith(prompt.encoding().length() - 2);
  }

  @Test
  void phraseMeansConsecutiveWords() {
    Prompt prompt = Prompt.of(clip, "a red car and a red bus and a red car");
    assertThat(prompt.tokens("red car")).containsExactly(2, 3, 10, 11);
    assertThat(prompt.tokens(" red \t car ")).containsExactly(2, 3, 10, 11);
    assertThat(prompt.tokens("red")).containsExactly(2, 6, 10);
    assertThat(Prompt.of(clip, "go go go").tokens("go go")).containsExactly(1, 2, 3);
  }

  @Test
  void absentWordIsNamedAndTheWordsListed() {
    Prompt prompt = Prompt.of(clip, "a bear and a dog");
    assertThatThrownBy(() -> prompt.tokens("tiger"))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("'tiger'")
        .hasMessageContaining("a, bear, and, dog");
    assertThatThrownBy(() -> prompt.tokens("bear dog")).isInstanceOf(InvalidInputException.class);
    assertThatThrownBy(() -> prompt.tokens(" ")).isInstanceOf(InvalidInputException.class);
  }

  @Test
  void blankPromptIsRefused() {
    assertThatThrownBy(() -> Prompt.of(clip, " \n"))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("empty");
  }

  @Test
  void truncationCutsWordsOff() {
    String text = "bear ".repeat(75) + "tiger";
    assertThatThrownBy(() -> Prompt.of(clip, text)).isInstanceOf(InvalidInputException.class);
    Prompt prompt = Prompt.of(clip, text, true);
    assertThat(prompt.tokens("bear")).hasSize(75).endsWith(75);
    assertThatThrownBy(() -> prompt.tokens("tiger"))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("cut off");
  }
}
