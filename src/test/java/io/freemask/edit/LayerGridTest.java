package io.freemask.edit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freemask.InvalidInputException;
import io.freemask.edit.LayerGrid.CrossLayer;
import io.freemask.edit.LayerGrid.Size;
import io.freemask.model.AttentionLayer.Kind;
import java.util.List;
import org.junit.jupiter.api.Test;

class LayerGridTest {

  @Test
  void controlledSizesLeaveOutTransformerInAndLargeLevels() {
    LayerGrid grid = EditFixtures.grid(4, 9, 11);
    assertThat(grid.controlledSizes(Kind.TEMPORAL, 0))
        .containsExactly(new Size(9, 11), new Size(5, 6));
    assertThat(grid.controlledSizes(Kind.TEMPORAL, 98)).containsExactly(new Size(5, 6));
    assertThat(grid.controlledSizes(Kind.TEMPORAL, 99)).hasSize(2);
    assertThat(grid.controlledSizes(Kind.CROSS, 0))
        .containsExactly(new Size(9, 11), new Size(5, 6), new Size(3, 3));
    assertThat(grid.controlledSizes(Kind.SELF, 1)).isEmpty();
  }

  @Test
  void findsLayersByLevelAndByName() {
    LayerGrid grid = EditFixtures.grid(4, 9, 11);
    assertThat(grid.find(new MaskRule.Layers.Level(5, 6)))
        .extracting(CrossLayer::index)
        .containsExactly(1, 3);
    assertThat(grid.find(new MaskRule.Layers.Named(List.of("mid_block"))))
        .extracting(CrossLayer::index)
        .containsExactly(2);
    assertThat(
            grid.find(
                new MaskRule.Layers.Named(
                    List.of("up_blocks.0.a.attn2", "down_blocks.1", "up_blocks.0.a.attn2"))))
        .extracting(CrossLayer::index)
        .containsExactly(3, 1);
  }

  @Test
  void namesTheLevelOrLayerThatIsNotThere() {
    LayerGrid grid = EditFixtures.grid(4, 8, 8);
    assertThatThrownBy(() -> grid.find(new MaskRule.Layers.Level(3, 8)))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("[3, 8] has no cross layer")
        .hasMessageContaining("[8, 8], [4, 4], [2, 2]");
    for (String name : List.of("down_blocks.0.a.attn1", "down_blocks.2", "down", "mid_block.")) {
      assertThatThrownBy(() -> grid.find(new MaskRule.Layers.Named(List.of(name))))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("'" + name + "' is no cross layer")
          .hasMessageContaining("mid_block.a.attn2");
    }
    assertThatThrownBy(
            () -> grid.find(new MaskRule.Layers.Named(List.of("down_blocks.0", "mid_block"))))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("[8, 8], [2, 2]");
  }

  @Test
  void standardMaskLevelIsNearest256AndTheLargerOnATie() {
    assertThat(EditFixtures.grid(1, 64, 64).standardMaskLevel()).isEqualTo(new Size(16, 16));
    assertThat(EditFixtures.grid(1, 32, 32).standardMaskLevel()).isEqualTo(new Size(16, 16));
    assertThat(EditFixtures.grid(1, 16, 16).standardMaskLevel()).isEqualTo(new Size(16, 16));
    assertThat(EditFixtures.grid(1, 40, 72).standardMaskLevel()).isEqualTo(new Size(10, 18));
    // 8 x 51 = 408 and 4 x 26 = 104 are both 152 away.
    assertThat(EditFixtures.grid(1, 8, 51).standardMaskLevel()).isEqualTo(new Size(8, 51));
  }
}
