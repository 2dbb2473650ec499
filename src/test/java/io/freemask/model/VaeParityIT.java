package io.freemask.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freemask.InvalidInputException;
import io.freemask.tensor.DType;
import io.freemask.tensor.Shape;
import io.freemask.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The VAE against diffusers. */
class VaeParityIT {

  @Test
  void tinyModelEncodesAndDecodes() {
    try (NativeTestContext test = NativeTestContext.open();
        Golden golden = Golden.open("tiny/vae.safetensors")) {
      Vae vae = test.add(Vae.load(Golden.path("tiny-model/vae"), test.context(), DType.F32));
      assertThat(vae.scalingFactor()).isEqualTo(0.18215);
      assertThat(vae.factor()).isEqualTo(8);

      Tensor pixels = test.add(golden.tensor(test.context(), "pixels"));
      Vae.Posterior posterior = test.add(vae.encode(pixels, Callbacks.NONE));
      golden.check("mean", posterior.mean(), Golden.FORWARD);
      golden.check("logvar", posterior.logvar(), Golden.FORWARD);

      Tensor scaled = test.add(golden.tensor(test.context(), "latents_scaled_mode"));
      Tensor latents = test.add(scaled.scale((float) (1 / vae.scalingFactor())));
      golden.check("decoded", test.add(vae.decode(latents, Callbacks.NONE)), Golden.FORWARD);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"f2_96x64", "f1_72x88"})
  void sizesOtherThanTheTrainedOne(String size) {
    try (NativeTestContext test = NativeTestContext.open();
        Golden golden = Golden.open("shapes/vae.safetensors")) {
      Vae vae = test.add(Vae.load(Golden.path("tiny-model/vae"), test.context(), DType.F32));
      check(test, golden, vae, size + ".");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"vae-old-names", "vae-bin"})
  void oldKeysAndPickles(String variant) {
    try (NativeTestContext test = NativeTestContext.open();
        Golden golden = Golden.open("variants/vae-expected.safetensors")) {
      Vae vae = test.add(Vae.load(Golden.path("variants/" + variant), test.context(), DType.F32));
      check(test, golden, vae, "");
    }
  }

  private static void check(NativeTestContext test, Golden golden, Vae vae, String prefix) {
    Tensor pixels = test.add(golden.tensor(test.context(), prefix + "pixels"));
    Vae.Posterior posterior = test.add(vae.encode(pixels, Callbacks.NONE));
    golden.check(prefix + "mean", posterior.mean(), Golden.FORWARD);
    golden.check(prefix + "logvar", posterior.logvar(), Golden.FORWARD);
    Tensor latents = test.add(golden.tensor(test.context(), prefix + "latents"));
    golden.check(prefix + "decoded", test.add(vae.decode(latents, Callbacks.NONE)), Golden.FORWARD);
  }

  @Test
  void sizesThatAreNoMultipleOfTheFactorAreRefused() {
    try (NativeTestContext test = NativeTestContext.open()) {
      Vae vae = test.add(Vae.load(Golden.path("tiny-model/vae"), test.context(), DType.F32));
      Tensor pixels =
          test.add(
              Tensor.of(test.context(), Shape.of(1, 3, 60, 64), new float[3 * 60 * 64], DType.F32));

      assertThatThrownBy(() -> vae.encode(pixels, Callbacks.NONE))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("60")
          .hasMessageContaining("multiples of 8");
    }
  }
}
