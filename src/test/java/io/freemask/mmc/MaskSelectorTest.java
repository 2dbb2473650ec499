package io.freemask.mmc;

import static org.assertj.core.api.Assertions.assertThat;

import io.freemask.edit.MaskRule;
import io.freemask.edit.MaskUse;
import io.freemask.edit.Preset;
import io.freemask.mmc.MaskSelector.LayerChoice;
import io.freemask.mmc.MaskSelector.TimeChoice;
import java.util.List;
import org.junit.jupiter.api.Test;

class MaskSelectorTest {

  private static final List<List<String>> OBJECTS = List.of(List.of("bear"));

  private static MaskSelector selector(Integer... timesteps) {
    return new MaskSelector(CodebookFixtures.codebook(), List.of(timesteps));
  }

  @Test
  void theBestTimestepIsFoundInTheRunsSchedule() {
    assertThat(selector(1, 201, 401).fixedRecord()).isZero();
    Codebook late = late();
    assertThat(late.bestRecord()).isEqualTo(1);
    assertThat(new MaskSelector(late, List.of(1, 251, 501, 751)).fixedRecord()).isEqualTo(2);
    assertThat(new MaskSelector(late, List.of(1, 334, 667)).fixedRecord()).isEqualTo(2);
    // 491 and 511 are as near: the cleaner one.
    assertThat(new MaskSelector(late, List.of(471, 491, 511)).fixedRecord()).isEqualTo(1);
  }

  /** A codebook whose second timestep is the better one. */
  private static Codebook late() {
    List<Measurement> measurements =
        List.of(
            CodebookFixtures.measurement(
                "late",
                new double[][] {{0.3, 0.5}, {0.4, 0.6}, {0.5, 0.8}},
                new double[][] {{0.3, 0.5}, {0.5, 0.7}}));
    Codebook small = CodebookFixtures.codebook();
    return new Codebook(
        small.modelName(),
        small.modelHash(),
        small.scheduler(),
        small.timesteps(),
        small.layers(),
        small.datasetSpec(),
        small.datasetHash(),
        true,
        small.form(),
        0.3,
        List.of(Codebook.Video.of(measurements.get(0), 1)),
        Codebook.Sweep.of(measurements, CodebookFixtures.THRESHOLDS, small.form()));
  }

  @Test
  void layersThresholdAndPoolAreTheCodebooks() {
    assertThat(selector(1, 501).rule(OBJECTS, LayerChoice.BEST_LAYER, TimeChoice.BEST_TIMESTEP))
        .isEqualTo(
            new MaskRule(
                    OBJECTS,
                    new MaskRule.Layers.Named(List.of("up.1")),
                    new MaskRule.Timing.Fixed(0),
                    0.4,
                    false)
                .withLatentSize(true));
    assertThat(
            new MaskSelector(late(), List.of(1, 501))
                .rule(OBJECTS, LayerChoice.BEST_LAYER_PER_LEVEL, TimeChoice.AWARE))
        .isEqualTo(
            new MaskRule(
                    OBJECTS,
                    new MaskRule.Layers.PerLevel(List.of("down.0", "up.1")),
                    new MaskRule.Timing.Aware(),
                    0.4,
                    true)
                .withLatentSize(true));
    // The levels' own sweep, in which the first threshold is the best.
    assertThat(selector(1, 501).rule(OBJECTS, LayerChoice.BEST_LEVEL, TimeChoice.AWARE))
        .isEqualTo(
            new MaskRule(
                    OBJECTS,
                    new MaskRule.Layers.Named(List.of("down.1", "up.1")),
                    new MaskRule.Timing.Aware(),
                    0.2,
                    false)
                .withLatentSize(true));
  }

  @Test
  void presetsChoose() {
    for (Preset preset : List.of(Preset.STYLE, Preset.ATTRIBUTE, Preset.SHAPE)) {
      for (MaskUse use : MaskUse.values()) {
        MaskRule rule = selector(1, 501).rule(preset, use, OBJECTS);
        boolean aware = preset == Preset.SHAPE && (use == MaskUse.CROSS || use == MaskUse.SELF);
        assertThat(rule.timing())
            .as("%s %s", preset, use)
            .isEqualTo(aware ? new MaskRule.Timing.Aware() : new MaskRule.Timing.Fixed(0));
        assertThat(rule.layers()).isEqualTo(new MaskRule.Layers.Named(List.of("up.1")));
        assertThat(rule.pool()).isEqualTo(preset == Preset.SHAPE);
      }
    }
  }
}
