package io.freemask.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.freemask.InvalidInputException;
import io.freemask.model.Callbacks;
import io.freemask.model.Golden;
import io.freemask.model.NativeTestContext;
import io.freemask.model.UNet;
import io.freemask.tensor.DType;
import io.freemask.tensor.Shape;
import io.freemask.tensor.Tensor;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** DDIM steps and inversion against diffusers, with made-up predictions and with the UNet's. */
class DdimParityIT {

  @TempDir Path folder;

  private static float[] row(float[] values, int row, int rows) {
    int length = values.length / rows;
    return Arrays.copyOfRange(values, row * length, (row + 1) * length);
  }

  @ParameterizedTest
  @ValueSource(ints = {10, 50})
  void stepsAndInversionWithGivenPredictions(int steps) {
    try (NativeTestContext test = NativeTestContext.open();
        Golden golden = Golden.open("tiny/ddim_synth.safetensors")) {
      DdimScheduler scheduler =
          DdimScheduler.of(SchedulerConfigs.parse(folder, SchedulerConfigs.ZEROSCOPE), steps);
      float[] noise = golden.floats("ddim" + steps + ".eps");

      Tensor forward = test.add(golden.tensor(test.context(), "ddim" + steps + ".x"));
      Tensor inverse = test.add(golden.tensor(test.context(), "inv" + steps + ".x"));
      float[] forwardSequence = golden.floats("ddim" + steps + ".seq");
      float[] inverseSequence = golden.floats("inv" + steps + ".seq");
      for (int i = 0; i < steps; i++) {
        Tensor prediction =
            test.add(Tensor.of(test.context(), forward.shape(), row(noise, i, steps), DType.F32));
        forward = test.add(scheduler.step(forward, prediction, i));
        golden.check(
            "ddim" + steps + ".seq",
            forward.toFloats(),
            row(forwardSequence, i, steps),
            Golden.FORWARD);
        inverse = test.add(scheduler.invert(inverse, prediction, i));
        golden.check(
            "inv" + steps + ".seq",
            inverse.toFloats(),
            row(inverseSequence, i, steps),
            Golden.FORWARD);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"zeroscope", "v_prediction", "alpha_one", "linear"})
  void otherConfigurations(String name) throws Exception {
    try (NativeTestContext test = NativeTestContext.open();
        Golden golden = Golden.open("shapes/ddim.safetensors")) {
      JsonNode configs = new ObjectMapper().readTree(golden.file().metadata().get("configs"));
      String fields = configs.get(name).toString();
      SchedulerConfig config =
          SchedulerConfigs.parse(folder, fields.substring(1, fields.length() - 1));
      float[] noise = golden.floats("noise");
      for (int steps : new int[] {1, 7, 8}) {
        DdimScheduler scheduler = DdimScheduler.of(config, steps);
        float[] expected = golden.floats(name + "." + steps + ".seq");
        Tensor latents = test.add(golden.tensor(test.context(), "x"));
        for (int i = 0; i < steps; i++) {
          Tensor prediction =
              test.add(Tensor.of(test.context(), latents.shape(), row(noise, i, 8), DType.F32));
          latents = test.add(scheduler.step(latents, prediction, i));
          golden.check(
              name + "." + steps, latents.toFloats(), row(expected, i, steps), Golden.FORWARD);
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"epsilon", "v_prediction"})
  void inversionUndoesAStepWithTheSamePrediction(String type) {
    try (NativeTestContext test = NativeTestContext.open();
        Golden golden = Golden.open("shapes/ddim.safetensors")) {
      Tensor latents = test.add(golden.tensor(test.context(), "x"));
      Tensor prediction =
          test.add(
              Tensor.of(
                  test.context(), latents.shape(), row(golden.floats("noise"), 0, 8), DType.F32));
      DdimScheduler scheduler =
          DdimScheduler.of(
              SchedulerConfigs.parse(
                  folder, SchedulerConfigs.ZEROSCOPE + ", \"prediction_type\": \"" + type + "\""),
              10);

      Tensor up = test.add(scheduler.invert(latents, prediction, 4));
      Tensor down = test.add(scheduler.step(up, prediction, 5));

      golden.check("there and back", down.toFloats(), latents.toFloats(), Golden.FORWARD);
    }
  }

  @Test
  void clippingLimitsThePredictedClip() {
    try (NativeTestContext test = NativeTestContext.open()) {
      SchedulerConfig config =
          SchedulerConfigs.parse(
              folder,
              "\"num_train_timesteps\": 1, \"trained_betas\": [0.36], \"clip_sample_range\": 2");
      DdimScheduler scheduler = DdimScheduler.of(config, 1);
      Tensor latents =
          test.add(Tensor.of(test.context(), Shape.of(3), new float[] {0.8f, 8f, -8f}, DType.F32));
      Tensor noise =
          test.add(Tensor.of(test.context(), Shape.of(3), new float[] {0, 1, 0}, DType.F32));

      // alpha = 0.64 and the level below is noiseless: the step gives x0 = (z - 0.6 n) / 0.8.
      float[] result = test.add(scheduler.step(latents, noise, 0)).toFloats();

      assertThat(result[0]).isCloseTo(1f, within());
      assertThat(result[1]).isCloseTo(2f, within());
      assertThat(result[2]).isCloseTo(-2f, within());
    }
  }

  private static Offset<Float> within() {
    return Offset.offset(1e-6f);
  }

  @Test
  void inversionAndReconstructionWithTheUNet() {
    try (NativeTestContext test = NativeTestContext.open();
        Golden golden = Golden.open("tiny/ddim_unet.safetensors");
        Golden text = Golden.open("tiny/tokens_text.safetensors")) {
      UNet unet = test.add(UNet.load(Golden.path("tiny-model/unet"), test.context(), DType.F32));
      List<Tensor> prompts = text.items(test.context(), "last_hidden_state");
      prompts.forEach(test::add);
      for (int steps : new int[] {10, 50}) {
        DdimScheduler scheduler =
            DdimScheduler.of(SchedulerConfigs.parse(folder, SchedulerConfigs.ZEROSCOPE), steps);
        String prefix = "n" + steps + ".";
        Tensor latents = test.add(golden.tensor(test.context(), prefix + "z0"));
        float[] up = golden.floats(prefix + "inversion");
        for (int k = 0; k < steps; k++) {
          Tensor noise = predict(test, unet, latents, prompts.get(0), scheduler.timestep(k + 1));
          latents = test.add(scheduler.invert(latents, noise, k));
          golden.check(prefix + "inversion", latents.toFloats(), row(up, k, steps), Golden.CHAIN);
        }
        float[] down = golden.floats(prefix + "reconstruction");
        Tensor noisy = latents;
        for (int s = 0; s < steps; s++) {
          Tensor noise =
              predict(test, unet, latents, prompts.get(0), scheduler.timestep(steps - s));
          latents = test.add(scheduler.step(latents, noise, s));
          golden.check(
              prefix + "reconstruction", latents.toFloats(), row(down, s, steps), Golden.CHAIN);
        }
        if (golden.file().names().contains(prefix + "edit_cfg7.5")) {
          guided(test, golden, unet, scheduler, prompts, noisy, prefix + "edit_cfg7.5");
        }
      }
    }
  }

  /** Guidance amplifies rounding, so the bound is wider. */
  private static void guided(
      NativeTestContext test,
      Golden golden,
      UNet unet,
      DdimScheduler scheduler,
      List<Tensor> prompts,
      Tensor start,
      String name) {
    float[] expected = golden.floats(name);
    Tensor latents = start;
    for (int s = 0; s < scheduler.steps(); s++) {
      UNet.Output output =
          test.add(
              unet.forward(
                  List.of(latents, latents),
                  List.of(prompts.get(2), prompts.get(1)),
                  scheduler.timestep(scheduler.steps() - s),
                  null,
                  null,
                  Callbacks.NONE));
      Tensor noise =
          test.add(Tensor.combine(1 - 7.5f, output.noise().get(0), 7.5f, output.noise().get(1)));
      latents = test.add(scheduler.step(latents, noise, s));
      golden.check(name, latents.toFloats(), row(expected, s, scheduler.steps()), 5e-4);
    }
  }

  private static Tensor predict(
      NativeTestContext test, UNet unet, Tensor latents, Tensor prompt, int timestep) {
    return test.add(
            unet.forward(List.of(latents), List.of(prompt), timestep, null, null, Callbacks.NONE))
        .noise()
        .getFirst();
  }

  @Test
  void shapesThatDifferAreRefused() {
    try (NativeTestContext test = NativeTestContext.open()) {
      Tensor a = test.add(Tensor.of(test.context(), Shape.of(2), new float[2], DType.F32));
      Tensor b = test.add(Tensor.of(test.context(), Shape.of(3), new float[3], DType.F32));
      DdimScheduler scheduler =
          DdimScheduler.of(SchedulerConfigs.parse(folder, SchedulerConfigs.ZEROSCOPE), 5);

      assertThatThrownBy(() -> scheduler.step(a, b, 0))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("[3]")
          .hasMessageContaining("[2]");
      assertThatThrownBy(() -> scheduler.step(a, a, 5))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> scheduler.invert(a, a, -1))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
