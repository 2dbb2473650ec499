package io.freemask.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.withinPercentage;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.freemask.InvalidInputException;
import io.freemask.model.Golden;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Levels and timesteps, which need no native library. */
class DdimSchedulerTest {

  @TempDir Path folder;

  private DdimScheduler scheduler(String fields, int steps) {
    return DdimScheduler.of(SchedulerConfigs.parse(folder, fields), steps);
  }

  private static int[] timesteps(DdimScheduler scheduler) {
    return IntStream.rangeClosed(1, scheduler.steps()).map(scheduler::timestep).toArray();
  }

  @Test
  void levelsOfScaledLinearAreDiffusersToTheLastBit() {
    DdimScheduler scheduler = scheduler(SchedulerConfigs.ZEROSCOPE, 10);
    try (Golden golden = Golden.open("tiny/ddim_synth.safetensors")) {
      assertThat(scheduler.betas()).containsExactly(golden.floats("betas"));
      assertThat(scheduler.alphasCumprod()).containsExactly(golden.floats("alphas_cumprod"));
      assertThat(scheduler.alphaCumprod(-1))
          .isEqualTo(golden.floats("final_alpha_cumprod")[0])
          .isEqualTo(golden.floats("inverse.initial_alpha_cumprod")[0]);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"zeroscope", "v_prediction", "alpha_one", "linear"})
  void levelsAndTimestepsOfOtherConfigurations(String name) throws Exception {
    try (Golden golden = Golden.open("shapes/ddim.safetensors")) {
      JsonNode config =
          new ObjectMapper().readTree(golden.file().metadata().get("configs")).get(name);
      String text = config.toString();
      for (int steps : new int[] {1, 7, 8}) {
        DdimScheduler scheduler = scheduler(text.substring(1, text.length() - 1), steps);
        assertThat(scheduler.alphasCumprod())
            .containsExactly(golden.floats(name + ".alphas_cumprod"));
        long[] expected = golden.file().longs(name + "." + steps + ".timesteps");
        for (int i = 0; i < steps; i++) {
          assertThat(scheduler.timestep(steps - i)).isEqualTo((int) expected[i]);
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {10, 50})
  void leadingTimestepsOfBothDirections(int steps) {
    try (Golden golden = Golden.open("tiny/ddim_synth.safetensors")) {
      int[] upwards = timesteps(scheduler(SchedulerConfigs.ZEROSCOPE, steps));
      long[] inverse = golden.file().longs("inv" + steps + ".timesteps");
      long[] forward = golden.file().longs("ddim" + steps + ".timesteps");
      for (int i = 0; i < steps; i++) {
        assertThat(upwards[i]).isEqualTo((int) inverse[i]);
        assertThat(upwards[steps - 1 - i]).isEqualTo((int) forward[i]);
      }
    }
  }

  /** Numbers from numpy: round(arange(1000, 0, -1000 / T)) - 1. */
  @Test
  void trailingTimesteps() {
    Map<Integer, int[]> expected =
        Map.of(
            1, new int[] {999},
            3, new int[] {332, 666, 999},
            7, new int[] {142, 285, 428, 570, 713, 856, 999},
            8, new int[] {124, 249, 374, 499, 624, 749, 874, 999});
    expected.forEach(
        (steps, timesteps) ->
            assertThat(timesteps(scheduler("\"timestep_spacing\": \"trailing\"", steps)))
                .containsExactly(timesteps));
  }

  /**
   * Values of diffusers 0.40: DDIMScheduler(beta_schedule="squaredcos_cap_v2") and the same with
   * rescale_betas_zero_snr=True.
   */
  @Test
  void cosineScheduleAndZeroTerminalSnr() {
    float[] cosine = scheduler("\"beta_schedule\": \"squaredcos_cap_v2\"", 10).alphasCumprod();
    assertThat(cosine[0]).isEqualTo(0.9999587f);
    assertThat(cosine[500]).isEqualTo(0.49228504f);
    assertThat(cosine[999]).isEqualTo(2.428735e-09f);
    float[] rescaled =
        scheduler(
                SchedulerConfigs.ZEROSCOPE
                    + ", \"rescale_betas_zero_snr\": true, \"prediction_type\": \"v_prediction\"",
                10)
            .alphasCumprod();
    // PyTorch's square root is not correctly rounded, so the last bit may differ here.
    assertThat(rescaled[0]).isCloseTo(0.99915f, withinPercentage(1e-5));
    assertThat(rescaled[500]).isCloseTo(0.24101855f, withinPercentage(1e-5));
    assertThat(rescaled[998]).isCloseTo(1.967963e-07f, withinPercentage(1e-3));
    assertThat(rescaled[999]).isZero();
  }

  @Test
  void trainedBetasAreTakenAsTheyAre() {
    DdimScheduler scheduler =
        scheduler("\"num_train_timesteps\": 3, \"trained_betas\": [0.5, 0.25, 0.125]", 3);

    assertThat(scheduler.betas()).containsExactly(0.5f, 0.25f, 0.125f);
    assertThat(scheduler.alphasCumprod()).containsExactly(0.5f, 0.375f, 0.328125f);
    assertThat(scheduler.alphaCumprod(-1)).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({"0", "-1", "1001"})
  void stepsOutOfRange(int steps) {
    assertThatThrownBy(() -> scheduler(SchedulerConfigs.ZEROSCOPE, steps))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage("steps is " + steps + ", expected 1 to 1000");
  }

  @Test
  void stepsWhoseLastTimestepDoesNotExist() {
    assertThatThrownBy(() -> scheduler(SchedulerConfigs.ZEROSCOPE, 1000))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("steps_offset 1")
        .hasMessageContaining("1000");
    assertThat(scheduler(SchedulerConfigs.ZEROSCOPE, 999).timestep(999)).isEqualTo(999);
  }

  @Test
  void noisePredictionCannotStartFromPureNoise() {
    assertThatThrownBy(
            () ->
                scheduler(
                    "\"rescale_betas_zero_snr\": true, \"timestep_spacing\": \"trailing\"", 5))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("rescale_betas_zero_snr")
        .hasMessageContaining("v_prediction");
  }

  @Test
  void timestepsAreCountedFromOne() {
    DdimScheduler scheduler = scheduler(SchedulerConfigs.ZEROSCOPE, 10);

    assertThat(scheduler.timestep(1)).isEqualTo(1);
    assertThat(scheduler.timestep(10)).isEqualTo(901);
    assertThatThrownBy(() -> scheduler.timestep(0)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> scheduler.timestep(11)).isInstanceOf(IllegalArgumentException.class);
  }
}
