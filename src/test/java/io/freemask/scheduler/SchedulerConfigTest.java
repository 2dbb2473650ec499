package io.freemask.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freemask.InvalidInputException;
import io.freemask.model.Golden;
import io.freemask.scheduler.SchedulerConfig.PredictionType;
import io.freemask.scheduler.SchedulerConfig.TimestepSpacing;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SchedulerConfigTest {

  @TempDir Path folder;

  @Test
  void missingFieldsHaveDiffusersDefaults() {
    SchedulerConfig config = SchedulerConfigs.parse(folder, "");

    assertThat(config.numTrainTimesteps()).isEqualTo(1000);
    assertThat(config.betaStart()).isEqualTo(0.0001);
    assertThat(config.betaEnd()).isEqualTo(0.02);
    assertThat(config.betaSchedule()).isEqualTo(BetaSchedule.LINEAR);
    assertThat(config.trainedBetas()).isEmpty();
    assertThat(config.clipSample()).isTrue();
    assertThat(config.clipSampleRange()).isEqualTo(1);
    assertThat(config.setAlphaToOne()).isTrue();
    assertThat(config.stepsOffset()).isZero();
    assertThat(config.predictionType()).isEqualTo(PredictionType.EPSILON);
    assertThat(config.timestepSpacing()).isEqualTo(TimestepSpacing.LEADING);
    assertThat(config.rescaleBetasZeroSnr()).isFalse();
  }

  @Test
  void readsAPublishedConfiguration() {
    SchedulerConfig config =
        SchedulerConfig.read(Golden.path("tiny-model/scheduler/scheduler_config.json"));

    assertThat(config.betaSchedule()).isEqualTo(BetaSchedule.SCALED_LINEAR);
    assertThat(config.betaStart()).isEqualTo(0.00085);
    assertThat(config.betaEnd()).isEqualTo(0.012);
    assertThat(config.clipSample()).isFalse();
    assertThat(config.setAlphaToOne()).isFalse();
    assertThat(config.stepsOffset()).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      value = {
        "\"_class_name\": \"FlowMatchEulerDiscreteScheduler\" | _class_name | DDIMScheduler",
        "\"beta_schedule\": \"sigmoid\" | beta_schedule | squaredcos_cap_v2",
        "\"prediction_type\": \"sample\" | prediction_type | v_prediction",
        "\"timestep_spacing\": \"linspace\" | timestep_spacing | trailing",
        "\"thresholding\": true | thresholding | false",
        "\"num_train_timesteps\": 0 | num_train_timesteps | 1 or more",
        "\"num_train_timesteps\": 10.5 | num_train_timesteps | 1 or more",
        "\"num_train_timesteps\": 9999999999 | num_train_timesteps | 1 or more",
        "\"beta_start\": \"small\" | beta_start | a number",
        "\"beta_start\": -0.1 | beta_start | above 0",
        "\"beta_end\": 1.5 | beta_end | below 1",
        "\"trained_betas\": [0.1, 0.2] | trained_betas | num_train_timesteps: 1000",
        "\"trained_betas\": 0.1 | trained_betas | a list of numbers",
        "\"clip_sample\": \"no\" | clip_sample | true or false",
        "\"steps_offset\": -1 | steps_offset | 0 or more",
        "\"steps_offset\": 1, \"steps_offset\": 2 | steps_offset | Duplicate"
      })
  void refusesAndNamesFileAndField(String fields, String field, String expected) {
    assertThatThrownBy(() -> SchedulerConfigs.parse(folder, fields))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining(folder.toString())
        .hasMessageContaining(field)
        .hasMessageContaining(expected)
        .hasMessageNotContaining("\n");
  }
}
