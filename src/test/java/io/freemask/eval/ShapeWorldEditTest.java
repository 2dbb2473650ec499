package io.freemask.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freemask.InvalidInputException;
import io.freemask.shapeworld.Scene;
import io.freemask.shapeworld.SceneStyle;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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

  @Test
  void anotherSeedHasOtherScenesAndNames() {
    List<EditCase> others = ShapeWorldEdit.firstOfEach(2, 1);
    assertThat(others)
        .extracting(EditCase::source)
        .doesNotContainAnyElementsOf(ShapeWorldEdit.all().stream().map(EditCase::source).toList());
    assertThat(others.get(0).name()).isEqualTo("seed-1-color-00");
  }

  @Test
  void shardsAreDisjointAndTogetherWhole() {
    List<EditCase> parts =
        Stream.of("1/3", "2/3", "3/3")
            .flatMap(text -> Shard.parse(text).of(ShapeWorldEdit.all()).stream())
            .toList();
    assertThat(parts).containsExactlyInAnyOrderElementsOf(ShapeWorldEdit.all());
    assertThat(Shard.parse("2/3").file(Path.of("out", "ablation.json")))
        .isEqualTo(Path.of("out", "ablation.2-of-3.json"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "1", "0/3", "4/3", "1/0", "a/b", "1/2/3", "-1/3"})
  void badShardsAreRefused(String text) {
    assertThatThrownBy(() -> Shard.parse(text))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("expected I/N");
  }
}
