package io.freemask.report.html;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class WordMapGridTest {

  @Test
  void rowsGoByLevelAndThenAsLayersAreExecuted() {
    assertThat(WordMapGrid.rows(List.of(0, 0, 1, 2, 1, 0))).containsExactly(0, 1, 5, 2, 4, 3);
  }

  @Test
  void whatAllNamesHaveIsLeftOut() {
    assertThat(WordMapGrid.shortName("down_blocks.0.attentions.1.transformer_blocks.0.attn2"))
        .isEqualTo("down_blocks.0.attentions.1");
    assertThat(WordMapGrid.shortName("other")).isEqualTo("other");
  }
}
