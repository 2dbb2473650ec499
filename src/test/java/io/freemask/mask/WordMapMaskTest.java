package io.freemask.mask;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freemask.mask.WordMapMask.LayerMap;
import java.util.List;
import org.junit.jupiter.api.Test;

class WordMapMaskTest {

  private static Mask derive(List<LayerMap> maps, boolean pool, float threshold, int h, int w) {
    return WordMapMask.derive(maps, 1, 3, 4, pool, threshold, h, w);
  }

  private static final float[] MAP = {
    0.0f, 0.0f, 0.0f, 0.0f, //
    0.0f, 0.8f, 0.1f, 0.4f, //
    0.0f, 0.0f, 0.0f, 0.2f
  };

  @Test
  void marksWhatIsLargerThanTheThresholdRelativeToTheMaximum() {
    assertThat(derive(List.of(new LayerMap(2, MAP)), false, 0.3f, 3, 4).values())
        .containsExactly(0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0);
  }

  @Test
  void comparesStrictly() {
    assertThat(derive(List.of(new LayerMap(1, MAP)), false, 0.5f, 3, 4).values())
        .containsExactly(0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0);
    assertThat(derive(List.of(new LayerMap(1, MAP)), false, 1f, 3, 4).coverage()).isZero();
  }

  @Test
  void poolsOverNeighboursWithinTheFrame() {
    assertThat(derive(List.of(new LayerMap(1, MAP)), true, 0.9f, 3, 4).values())
        .containsExactly(1, 1, 1, 0, 1, 1, 1, 0, 1, 1, 1, 0);
  }

  @Test
  void poolsBeforeTheResizeAndDividesAfterIt() {
    // Every second column of every row: the 0.8 is lost without the pool, and 0.1 is the maximum.
    assertThat(derive(List.of(new LayerMap(1, MAP)), false, 0.3f, 3, 2).values())
        .containsExactly(0, 0, 0, 1, 0, 0);
    assertThat(derive(List.of(new LayerMap(1, MAP)), true, 0.3f, 3, 2).values())
        .containsExactly(1, 1, 1, 1, 1, 1);
  }

  @Test
  void everyHeadOfEveryLayerWeighsTheSame() {
    LayerMap one = new LayerMap(1, new float[] {1, 0, 0, 0});
    LayerMap three = new LayerMap(3, new float[] {0, 0.4f, 0, 0});
    // (1*1)/4 against (3*0.4)/4: the second pixel is the maximum, the first 0.833 of it.
    assertThat(WordMapMask.derive(List.of(one, three), 1, 2, 2, false, 0.8f, 2, 2).values())
        .containsExactly(1, 1, 0, 0);
    assertThat(WordMapMask.derive(List.of(one, three), 1, 2, 2, false, 0.85f, 2, 2).values())
        .containsExactly(0, 1, 0, 0);
  }

  @Test
  void dividesEachFrameByItsOwnMaximum() {
    LayerMap map = new LayerMap(1, new float[] {1, 0.5f, 0.01f, 0.001f});
    assertThat(WordMapMask.derive(List.of(map), 2, 1, 2, false, 0.3f, 1, 2).values())
        .containsExactly(1, 1, 1, 0);
  }

  @Test
  void aFrameWithoutAttentionMarksNothing() {
    LayerMap map = new LayerMap(1, new float[] {0, 0, 1, 0});
    assertThat(WordMapMask.derive(List.of(map), 2, 1, 2, true, 0, 1, 2).values())
        .containsExactly(0, 0, 1, 1);
  }

  @Test
  void refusesMapsThatDoNotFit() {
    assertThatThrownBy(() -> derive(List.of(), true, 0.3f, 3, 4))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> derive(List.of(new LayerMap(1, new float[11])), true, 0.3f, 3, 4))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("11 values, expected 12");
    assertThatThrownBy(() -> new LayerMap(0, MAP)).isInstanceOf(IllegalArgumentException.class);
  }
}
