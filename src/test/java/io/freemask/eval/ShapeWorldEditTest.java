package io.freemask.eval;

import static org.assertj.core.api.Assertions.assertThat;

import io.freemask.shapeworld.Scene;
import io.freemask.shapeworld.SceneStyle;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ShapeWorldEditTest {

  private static List<EditCase> of(EditCase.Kind kind) {
    return ShapeWorldEdit.all().stream().filter(edit -> edit.kind() == kind).toList();
  }

  private static <T> List<Long> counts(List<EditCase> edits, Function<Scene, T> attribute) {
    return edits.stream()
        .map(EditCase::source)
        .collect(Collectors.groupingBy(attribute, Collectors.counting()))
        .values()
        .stream()
        .toList();
  }

  @Test
  void hasAsManyOfEachKindMotionAndBackground() {
    assertThat(ShapeWorldEdit.all()).hasSize(72);
    assertThat(ShapeWorldEdit.all().stream().map(EditCase::name)).doesNotHaveDuplicates();
    for (EditCase.Kind kind : EditCase.Kind.values()) {
      List<EditCase> edits = of(kind);
      assertThat(edits).hasSize(24);
      assertThat(counts(edits, Scene::motion)).hasSize(8).containsOnly(3L);
      assertThat(counts(edits, Scene::background)).hasSize(6).containsOnly(4L);
      assertThat(edits.stream().filter(edit -> edit.source().second() != null)).hasSize(6);
    }
  }

  @Test
  void changesOneAttributeAlone() {
    for (EditCase edit : ShapeWorldEdit.all()) {
      Scene source = edit.source();
      Scene ideal = edit.ideal();
      assertThat(ideal).isNotEqualTo(source);
      assertThat(source.style()).isEqualTo(SceneStyle.PLAIN);
      Scene undone =
          switch (edit.kind()) {
            case COLOR -> ideal.withColor(source.color());
            case SHAPE -> ideal.withShape(source.shape());
            case STYLE -> ideal.withStyle(source.style());
          };
      assertThat(undone).isEqualTo(source);
      Scene.SecondObject second = source.second();
      if (second != null) {
        assertThat(second.color()).isNotIn(source.color(), ideal.color());
        assertThat(second.shape()).isNotIn(source.shape(), ideal.shape());
      }
    }
  }

  @Test
  void isTheSameEveryTime() {
    assertThat(ShapeWorldEdit.all()).isEqualTo(ShapeWorldEdit.all());
    assertThat(ShapeWorldEdit.all()).containsAll(ShapeWorldEdit.quick());
    assertThat(ShapeWorldEdit.quick()).extracting(EditCase::kind).hasSize(6);
    assertThat(ShapeWorldEdit.all().get(0).source().caption())
        .isEqualTo(ShapeWorldEdit.quick().get(0).source().caption());
  }
}
