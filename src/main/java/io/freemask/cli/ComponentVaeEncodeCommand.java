package io.freemask.cli;

import io.freemask.model.Vae;
import io.freemask.tensor.Shape;
import io.freemask.tensor.Tensor;
import java.util.Set;
import picocli.CommandLine.Command;

/** Runs the VAE's encoder. */
@Command(
    name = "vae-encode",
    abbreviateSynopsis = true,
    description = {
      "Run the VAE's encoder.",
      "Takes pixels [F,3,H,W] in [-1,1] and, if wanted, noise [F,4,h,w]. Gives mean, logvar and std"
          + " of the posterior, latents_scaled_mode (the mean times the scaling factor) and, with"
          + " noise, sample (mean + std * noise), all [F,4,h,w]."
    },
    footer = {
      "",
      "Example:",
      "  freemask component vae-encode --model DIR --in x.safetensors --out y.safetensors"
    })
final class ComponentVaeEncodeCommand extends ComponentPart {

  /** diffusers keeps the logarithm of the variance in this range. */
  private static final float MIN_LOGVAR = -30;

  private static final float MAX_LOGVAR = 20;

  @Override
  void compute(Work work) {
    TensorInputs inputs = work.inputs();
    inputs.requireKnown(
        Set.of("pixels", "noise"),
        "mean|logvar|std|sample|latents_scaled_mode|decoded|decoded_uint8_round");
    try (Vae vae = work.model().loadVae(work.context(), work.dtype());
        Tensor pixels = inputs.tensor(work.context(), "pixels", 4);
        Vae.Posterior posterior = vae.encode(pixels, work.callbacks())) {
      Shape shape = posterior.mean().shape();
      float[] mean = posterior.mean().toFloats();
      float[] logvar = posterior.logvar().toFloats();
      float[] std = new float[mean.length];
      for (int i = 0; i < mean.length; i++) {
        logvar[i] = Math.max(MIN_LOGVAR, Math.min(MAX_LOGVAR, logvar[i]));
        std[i] = (float) Math.exp(0.5 * logvar[i]);
      }
      TensorOutputs outputs = work.outputs();
      outputs.put("mean", shape, mean);
      outputs.put("logvar", shape, logvar);
      outputs.put("std", shape, std);
      try (Tensor scaled = posterior.mean().scale((float) vae.scalingFactor())) {
        outputs.put("latents_scaled_mode", scaled);
      }
      if (inputs.has("noise")) {
        inputs.shape("noise").require(inputs.label("noise"), shape);
        float[] noise = inputs.floats("noise");
        float[] sample = new float[mean.length];
        for (int i = 0; i < sample.length; i++) {
          sample[i] = mean[i] + std[i] * noise[i];
        }
        outputs.put("sample", shape, sample);
      }
    }
  }
}
