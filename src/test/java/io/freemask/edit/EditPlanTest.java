package io.freemask.edit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freemask.InvalidInputException;
import io.freemask.model.AttentionPlan;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EditPlanTest {

  private static final String HEAD =
      "\"source\": \"a bear is walking\", \"target\": \"a tiger is walking in the snow\","
          + " \"steps\": 10, \"guidance\": 7.5";

  private static final String FULL =
      """
      {"source": "a bear is walking", "target": "a tiger is walking in the snow",
       "steps": 10, "guidance": 7.5, "inversion_iterations": 3,
       "cross":    {"mapper": "refine", "window": [0, 0.5], "word_windows": {"snow": [0, 0.2]},
                    "mask": true, "order": "blend-then-map", "max_tokens": 2048},
       "equalizer": {"tiger": 2.0},
       "self":     {"mode": "map", "window": [0, 0.3], "mask": true, "max_tokens": 2048},
       "temporal": {"mode": "qk", "window": [0, 0.99], "mask": true, "polarity": "edit_inside",
                    "max_tokens": 1024},
       "masks":    {"cross": {"words": ["bear"], "level": [8, 8], "record": "aware",
                              "threshold": 0.4, "pool": false},
                    "temporal": {"words": ["bear", "a"], "layers": ["mid_block"], "record": 2}},
       "latent_blend": {"window": [0.2, 0.8]}}
      """;

  private static EditPlan parse(String sections) {
    return EditPlan.parse("{" + HEAD + (sections.isEmpty() ? "" : ", ") + sections + "}");
  }

  @Test
  void readsEveryField() {
    assertThat(EditPlan.parse(FULL))
        .isEqualTo(
            new EditPlan(
                "a bear is walking",
                "a tiger is walking in the snow",
                10,
                7.5,
                3,
                new EditPlan.Cross(
                    Mapper.REFINE,
                    new StepWindow(0, 0.5),
                    Map.of("snow", new StepWindow(0, 0.2)),
                    true,
                    AttentionPlan.Order.BLEND_THEN_MAP,
                    2048),
                Map.of("tiger", 2.0),
                new EditPlan.Self(new StepWindow(0, 0.3), true, 2048),
                new EditPlan.Temporal(
                    AttentionPlan.Mode.QK,
                    new StepWindow(0, 0.99),
                    true,
                    AttentionPlan.Polarity.EDIT_INSIDE,
                    1024),
                Map.of(
                    MaskUse.CROSS,
                    new MaskRule(
                        List.of(List.of("bear")),
                        new MaskRule.Layers.Level(8, 8),
                        new MaskRule.Timing.Aware(),
                        0.4,
                        false),
                    MaskUse.TEMPORAL,
                    new MaskRule(
                        List.of(List.of("bear", "a")),
                        new MaskRule.Layers.Named(List.of("mid_block")),
                        new MaskRule.Timing.Fixed(2),
                        0.3,
                        true)),
                new EditPlan.LatentBlend(new StepWindow(0.2, 0.8), 0)));
  }

  @Test
  void openStepsAreThoseOfTheWindows() {
    EditPlan plan = EditPlan.parse(FULL);
    // Cross counts in eleven rows.
    assertThat(plan.openSteps(MaskUse.CROSS)).containsExactly(0, 1, 2, 3, 4);
    assertThat(plan.openSteps(MaskUse.SELF)).containsExactly(0, 1, 2);
    assertThat(plan.openSteps(MaskUse.TEMPORAL)).containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8);
    assertThat(plan.openSteps(MaskUse.BLEND)).containsExactly(2, 3, 4, 5, 6);
    assertThat(parse("").openSteps(MaskUse.CROSS)).isEmpty();
  }

  @Test
  void defaultsAreThePlans() {
    EditPlan plan =
        parse(
            "\"cross\": {\"window\": [0, 1]}, \"self\": {\"mode\": \"map\", \"window\": [0, 1]},"
                + " \"temporal\": {\"mode\": \"map\", \"window\": [0, 1]}");
    StepWindow all = new StepWindow(0, 1);
    assertThat(plan.cross())
        .isEqualTo(
            new EditPlan.Cross(
                Mapper.REFINE, all, Map.of(), false, AttentionPlan.Order.MAP_THEN_BLEND, 0));
    assertThat(plan.self()).isEqualTo(new EditPlan.Self(all, false, 0));
    assertThat(plan.temporal())
        .isEqualTo(
            new EditPlan.Temporal(
                AttentionPlan.Mode.MAP, all, false, AttentionPlan.Polarity.SOURCE_INSIDE, 0));
    assertThat(plan.equalizer()).isEmpty();
    assertThat(plan.masks()).isEmpty();
    assertThat(plan.latentBlend()).isNull();
  }

  @Test
  void missingNullAndOffAreOff() {
    EditPlan off = parse("");
    assertThat(off.cross()).isNull();
    assertThat(
            parse(
                "\"cross\": null, \"equalizer\": null, \"self\": {\"mode\": \"off\"},"
                    + " \"temporal\": {\"mode\": \"off\", \"window\": [0, 1], \"mask\": true,"
                    + " \"polarity\": \"source_inside\"}, \"masks\": null,"
                    + " \"latent_blend\": null"))
        .isEqualTo(off);
  }

  @Test
  void severalObjects() {
    EditPlan plan =
        parse(
            "\"masks\": {\"cross\": {\"objects\": [[\"bear\"], [\"is\", \"walking\"]],"
                + " \"level\": [4, 8], \"record\": 0}}");
    assertThat(plan.masks().get(MaskUse.CROSS).objects())
        .containsExactly(List.of("bear"), List.of("is", "walking"));
    assertThat(EditPlan.parse(plan.toJson())).isEqualTo(plan);
  }

  @Test
  void writesWhatItReads() {
    for (EditPlan plan : List.of(EditPlan.parse(FULL), parse(""))) {
      assertThat(EditPlan.parse(plan.toJson())).isEqualTo(plan);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"level\": \"all\", \"record\": \"average\"",
        "\"level_layers\": [\"down_blocks.0\", \"mid_block\"], \"record\": 3",
        "\"layers\": [\"mid_block\"], \"record\": \"aware\", \"soft\": true",
        "\"level\": [8, 8], \"record\": 0, \"subtract\": [\"walking\"]",
        "\"level\": [8, 8], \"record\": 0, \"subtract\": [\"a\"], \"subtract_threshold\": 0.5"
      })
  void writesEveryChoiceOfMasks(String choice) {
    EditPlan plan = parse("\"masks\": {\"cross\": {\"words\": [\"bear\"], " + choice + "}}");
    EditPlan read = EditPlan.parse(plan.toJson());
    assertThat(read).isEqualTo(plan);
    assertThat(plan.masks().get(MaskUse.CROSS))
        .isNotEqualTo(
            new MaskRule(
                List.of(List.of("bear")),
                new MaskRule.Layers.Level(8, 8),
                new MaskRule.Timing.Fixed(0),
                MaskRule.DEFAULT_THRESHOLD,
                true));
  }

  @Test
  void keepsTheOrderOfWords() {
    EditPlan plan =
        parse(
            "\"cross\": {\"window\": [0, 1], \"word_windows\":"
                + " {\"walking in\": [0, 0.1], \"in\": [0, 0.2], \"a\": [0, 0.3]}},"
                + " \"equalizer\": {\"walking\": 1, \"tiger\": -2, \"in\": 0}");
    assertThat(EditPlan.parse(plan.toJson()).equalizer().keySet())
        .containsExactly("walking", "tiger", "in");
    assertThat(plan.cross()).isNotNull();
    assertThat(plan.cross().wordWindows().keySet()).containsExactly("walking in", "in", "a");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "`\"corss\": {}` | corss",
        "`\"cross\": {\"window\": [0, 1], \"masks\": true}` | cross.masks",
        "`\"cross\": {\"window\": [0, 1], \"mode\": \"map\"}` | cross.mode",
        "`\"self\": {\"mode\": \"off\", \"polarity\": 1}` | self.polarity",
        "`\"temporal\": {\"mode\": \"map\", \"window\": [0, 1], \"x\": null}` | temporal.x",
        "`\"masks\": {\"latent\": {}}` | masks.latent",
        "`\"masks\": {\"self\": {\"words\": [\"a\"], \"level\": [8, 8], \"record\": 1, \"y\": 1}}`"
            + " | masks.self.y",
        "`\"latent_blend\": {\"window\": [0, 1], \"mask\": true}` | latent_blend.mask",
      })
  void unknownKeysAreNamed(String sections, String key) {
    assertThatThrownBy(() -> parse(sections))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("unknown key " + key)
        .hasMessageContaining("expected one of: ");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "`\"cross\": true` | cross is true, expected an object",
        "`\"cross\": {}` | cross.window is missing",
        "`\"cross\": {\"window\": [0, 1.5]}` | cross.window is [0,1.5]",
        "`\"cross\": {\"window\": [0.5, 0.2]}` | cross.window is [0.5,0.2]",
        "`\"cross\": {\"window\": 1}` | cross.window is 1",
        "`\"cross\": {\"window\": [0, 1, 1]}` | cross.window is [0,1,1]",
        "`\"cross\": {\"window\": [0, \"1\"]}` | cross.window",
        "`\"cross\": {\"window\": [0, 1], \"mapper\": \"swap\"}` | cross.mapper is \"swap\"",
        "`\"cross\": {\"window\": [0, 1], \"order\": \"none\"}` | cross.order",
        "`\"cross\": {\"window\": [0, 1], \"mask\": \"yes\"}` | cross.mask is \"yes\"",
        "`\"cross\": {\"window\": [0, 1], \"mask\": 1}` | cross.mask is 1",
        "`\"cross\": {\"window\": [0, 1], \"max_tokens\": 0}` | cross.max_tokens is 0",
        "`\"cross\": {\"window\": [0, 1], \"max_tokens\": 1.5}` | cross.max_tokens is 1.5",
        "`\"cross\": {\"window\": [0, 1], \"word_windows\": {\"snow\": [2, 3]}}`"
            + " | cross.word_windows.snow",
        "`\"self\": {\"mode\": \"qk\", \"window\": [0, 1]}` | self.mode is \"qk\"",
        "`\"temporal\": {\"window\": [0, 1]}` | temporal.mode is missing",
        "`\"temporal\": {\"mode\": \"map\", \"window\": [0, 1], \"polarity\": \"inside\"}`"
            + " | temporal.polarity",
        "`\"cross\": {\"window\": [0, 1]}, \"equalizer\": {\"tiger\": \"2\"}` | equalizer.tiger",
        "`\"cross\": {\"window\": [0, 1]}, \"equalizer\": {\"tiger\": 1e999}` | equalizer.tiger",
        "`\"masks\": {\"cross\": {\"level\": [8, 8], \"record\": 0}}` | masks.cross.words",
        "`\"masks\": {\"cross\": {\"words\": [], \"level\": [8, 8], \"record\": 0}}`"
            + " | masks.cross.words is []",
        "`\"masks\": {\"cross\": {\"words\": \"bear\", \"level\": [8, 8], \"record\": 0}}`"
            + " | masks.cross.words is \"bear\"",
        "`\"masks\": {\"cross\": {\"words\": [1], \"level\": [8, 8], \"record\": 0}}`"
            + " | masks.cross.words is [1]",
        "`\"masks\": {\"cross\": {\"words\": [\"a\"], \"record\": 0}}` | masks.cross.level",
        "`\"masks\": {\"cross\": {\"words\": [\"a\"], \"level\": [8], \"record\": 0}}`"
            + " | masks.cross.level is [8]",
        "`\"masks\": {\"cross\": {\"words\": [\"a\"], \"level\": [8, 0], \"record\": 0}}`"
            + " | masks.cross.level is [8,0]",
        "`\"masks\": {\"cross\": {\"words\": [\"a\"], \"level\": [8, 8], \"record\": 10}}`"
            + " | masks.cross.record is 10",
        "`\"masks\": {\"cross\": {\"words\": [\"a\"], \"level\": [8, 8], \"record\": -1}}`"
            + " | masks.cross.record is -1",
        "`\"masks\": {\"cross\": {\"words\": [\"a\"], \"level\": [8, 8], \"record\": \"all\"}}`"
            + " | masks.cross.record is \"all\"",
        "`\"masks\": {\"cross\": {\"words\": [\"a\"], \"level\": [8, 8]}}`"
            + " | masks.cross.record is missing",
        "`\"masks\": {\"cross\": {\"words\": [\"a\"], \"level\": [8, 8], \"record\": 0,"
            + " \"threshold\": 2}}` | masks.cross.threshold is 2.0",
        "`\"latent_blend\": {}` | latent_blend.window is missing",
        "`\"latent_blend\": {\"window\": [0, 1], \"grow\": -1}` | latent_blend.grow is -1",
      })
  void wrongValuesAreNamed(String sections, String message) {
    assertThatThrownBy(() -> parse(sections))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "`{\"target\": \"b\", \"steps\": 1, \"guidance\": 1}` | source is missing",
        "`{\"source\": \"a\", \"steps\": 1, \"guidance\": 1}` | target is missing",
        "`{\"source\": \" \", \"target\": \"b\", \"steps\": 1, \"guidance\": 1}` | source is empty",
        "`{\"source\": \"a\", \"target\": 3, \"steps\": 1, \"guidance\": 1}` | target is 3",
        "`{\"source\": \"a\", \"target\": \"b\", \"guidance\": 1}` | steps is missing",
        "`{\"source\": \"a\", \"target\": \"b\", \"steps\": 0, \"guidance\": 1}` | steps is 0",
        "`{\"source\": \"a\", \"target\": \"b\", \"steps\": 1.5, \"guidance\": 1}` | steps is 1.5",
        "`{\"source\": \"a\", \"target\": \"b\", \"steps\": \"9\", \"guidance\": 1}` | steps is"
            + " \"9\"",
        "`{\"source\": \"a\", \"target\": \"b\", \"steps\": 1}` | guidance is missing",
        "`{\"source\": \"a\", \"target\": \"b\", \"steps\": 1, \"guidance\": 1,"
            + " \"inversion_iterations\": 0}` | inversion_iterations is 0",
        "`{\"source\": \"a\", \"target\": \"b\", \"steps\": 1, \"guidance\": 1e999}` | guidance",
        "`{\"source\": \"a\", \"target\": \"b\", \"steps\": 1, \"guidance\": null}` | guidance",
      })
  void wrongHeadsAreNamed(String json, String message) {
    assertThatThrownBy(() -> EditPlan.parse(json))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "[]", "3", "{", "{} {}", "{\"steps\": 1, \"steps\": 2}", "{\"a\": NaN}"})
  void whatIsNoPlanIsRefused(String json) {
    assertThatThrownBy(() -> EditPlan.parse(json))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith("plan");
  }

  @Test
  void equalizerNeedsCross() {
    assertThatThrownBy(() -> parse("\"equalizer\": {\"tiger\": 2}"))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("equalizer is given without cross");
  }
}
