package io.freemask.shapeworld;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SceneTest {

  @Test
  void captions() {
    Scene scene =
        Scene.sample(4, 0)
            .withStyle(SceneStyle.PLAIN)
            .withColor(SceneColor.RED)
            .withShape(SceneShape.CAR)
            .withMotion(SceneMotion.MOVING_LEFT)
            .withBackground(SceneBackground.GRASS)
            .withSecond(null);
    assertThat(scene.caption()).isEqualTo("a red car moving left on grass");
    Scene other =
        scene
            .withStyle(SceneStyle.NEON_PAINTING)
            .withBackground(SceneBackground.NIGHT)
            .withSecond(new Scene.SecondObject(SceneColor.BLUE, SceneShape.STAR));
    assertThat(other.caption())
        .isEqualTo("a neon painting of a red car moving left and a blue star at night");
  }

  @Test
  void captionNamesObjectsByTheirWords() {
    for (int i = 0; i < 100; i++) {
      Scene scene = Scene.sample(5, i);
      assertThat(scene.caption()).contains(String.join(" ", scene.objectWords()));
      Scene.SecondObject second = scene.second();
      if (second != null) {
        assertThat(scene.caption()).contains("and a " + String.join(" ", second.words()));
      }
    }
  }

  @Test
  void hashesAsPythonDoes() {
    // The same constants stand in training/tests/test_shapeworld.py.
    assertThat(Long.toUnsignedString(SceneHash.hash(0, 0, 0))).isEqualTo("2558736989570252433");
    assertThat(Long.toUnsignedString(SceneHash.hash(-1, 12, 1L << 40)))
        .isEqualTo("3326427567209381921");
    assertThat(SceneHash.uniform(7, 3, 11)).isEqualTo(0.43667548063955486);
  }

  @Test
  void sharesOfStylesAndOfSecondObjects() {
    int plain = 0;
    int two = 0;
    Set<Long> seeds = new HashSet<>();
    for (int i = 0; i < 10_000; i++) {
      Scene scene = Scene.sample(9, i);
      plain += scene.style() == SceneStyle.PLAIN ? 1 : 0;
      Scene.SecondObject second = scene.second();
      if (second != null) {
        two++;
        assertThat(second.color()).isNotEqualTo(scene.color());
        assertThat(second.shape()).isNotEqualTo(scene.shape());
      }
      seeds.add(scene.seed());
      assertThat(scene.size()).isBetween(0.42, 0.62);
      assertThat(scene.px()).isBetween(-0.35, 0.35);
      assertThat(scene.py()).isBetween(-0.3, 0.3);
    }
    assertThat(plain).isBetween(6_250, 6_550);
    assertThat(two).isBetween(2_350, 2_650);
    assertThat(seeds).hasSize(10_000);
  }

  @Test
  void changesOneAttribute() {
    Scene scene = Scene.sample(5, 0);
    assertThat(scene.withColor(SceneColor.BLACK).withColor(scene.color())).isEqualTo(scene);
    assertThat(scene.withShape(SceneShape.FISH).shape()).isEqualTo(SceneShape.FISH);
    assertThat(scene.withStyle(SceneStyle.SEPIA_PHOTO).caption()).startsWith("a sepia photo of a ");
    assertThat(scene.withMotion(SceneMotion.SPINNING).caption()).contains(" spinning ");
    assertThat(scene.withBackground(SceneBackground.NIGHT).caption()).endsWith(" at night");
    assertThat(scene.withBackground(SceneBackground.SAND).caption()).endsWith(" on sand");
  }

  @Test
  void refusesWhatCannotBeDrawn() {
    Scene scene = Scene.sample(5, 0);
    assertThatThrownBy(() -> of(scene, 0, 0)).hasMessage("size is 0.0, expected a number above 0");
    assertThatThrownBy(() -> of(scene, 0.5, Double.NaN))
        .hasMessage("px is NaN, expected a finite number");
  }

  private static Scene of(Scene like, double size, double px) {
    return new Scene(
        like.style(),
        like.color(),
        like.shape(),
        like.motion(),
        like.background(),
        like.seed(),
        size,
        px,
        like.py(),
        like.phase(),
        like.second());
  }
}
