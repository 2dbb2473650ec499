package io.freemask.cli;

import io.freemask.model.Vae;
import io.freemask.tensor.Tensor;
import java.util.Set;
import picocli.CommandLine.Command;

/** Runs the VAE's decoder. */
@Command(
    name = "vae-decode",
    abbreviateSynopsis = true,
    description = {
      "Run the VAE's decoder.",
      "Takes latents_scaled_mode [F,4,h,w], latents as the UNet has them. Gives decoded [F,3,H,W],"
          + " about [-1,1], and decoded_uint8_round, the pixels in 0..255."
    },
    footer = {
      "",
      "Example:",
      "  freemask component vae-decode --model DIR --in x.safetensors --out y.safetensors"
    })
final class ComponentVaeDecodeCommand extends ComponentPart {

  private static final String LATENTS = "latents_scaled_mode";

  @Override
  void compute(Work work) {
    TensorInputs inputs = work.inputs();
    inputs.requireKnown(
        Set.of(LATENTS), "pixels|noise|mean|logvar|std|sample|decoded|decoded_uint8_round");
    try (Vae vae = work.model().loadVae(work.context(), work.dtype());
        Tensor scaled = inputs.tensor(work.context(), LATENTS, 4);
        Tensor latents = scaled.scale((float) (1 / vae.scalingFactor()));
        Tensor pixels = vae.decode(latents, work.callbacks())) {
      float[] decoded = pixels.toFloats();
      byte[] rounded = new byte[decoded.length];
      for (int i = 0; i < decoded.length; i++) {
        float level = Math.max(0, Math.min(1, decoded[i] / 2 + 0.5f)) * 255;
        rounded[i] = (byte) Math.rint(level);
      }
      work.outputs().put("decoded", pixels.shape(), decoded);
      work.outputs().put("decoded_uint8_round", pixels.shape(), rounded);
    }
  }
}
