package io.freemask.edit;

import io.freemask.model.UNet;
import io.freemask.model.WordCapture;
import io.freemask.tensor.Tensor;
import java.util.List;

/**
 * DDIM inversion of a clip (Denoising Diffusion Implicit Models, arXiv 2010.02502, run backwards).
 *
 * <p>Record k = 0..T-1 runs the UNet on z_k at the timestep of the noisier z_{k+1}, with the source
 * prompt and without guidance. Kept are z_0..z_T and the word maps that masks need, nothing larger:
 * the source's attention is computed again where an editing step fuses it.
 */
final class Inversion {

  private Inversion() {}

  /**
   * Inverts from where the state has come to until z_T.
   *
   * @param text the source prompt's embedding [1,L,D]
   */
  static void run(Denoiser denoiser, EditState state, Tensor text, WordMaps.Request request) {
    List<Tensor> latents = state.inverted();
    denoiser.run(
        EditListener.Phase.INVERSION,
        latents.size() - 1,
        k -> latents.add(step(denoiser, k, latents.get(k), text, request, state.wordMaps())));
  }

  private static Tensor step(
      Denoiser denoiser,
      int k,
      Tensor latents,
      Tensor text,
      WordMaps.Request request,
      WordMaps maps) {
    WordCapture capture = request.wants(k) ? new WordCapture(0, request.groups()) : null;
    int timestep = denoiser.scheduler().timestep(k + 1);
    try (UNet.Output output =
        denoiser
            .unet()
            .forward(
                List.of(latents), List.of(text), timestep, null, capture, denoiser.callbacks())) {
      for (int layer = 0; layer < output.wordMaps().size(); layer++) {
        if (request.layers().contains(layer)) {
          maps.put(k, layer, output.wordMaps().get(layer).toFloats());
        }
      }
      return denoiser.scheduler().invert(latents, output.noise().get(0), k);
    }
  }
}
