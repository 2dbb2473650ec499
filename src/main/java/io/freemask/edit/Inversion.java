package io.freemask.edit;

import io.freemask.model.AttentionPlan;
import io.freemask.model.UNet;
import io.freemask.model.WordCapture;
import io.freemask.tensor.Tensor;
import java.util.List;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * DDIM inversion of a clip (Denoising Diffusion Implicit Models, arXiv 2010.02502, run backwards).
 *
 * <p>Record k = 0..T-1 runs the UNet on z_k at the timestep of the noisier z_{k+1}, with the source
 * prompt and without guidance. Kept are z_0..z_T and the word maps that masks need, nothing larger
 * unless there is a cache for it: the source's attention is computed again where an editing step
 * fuses it.
 *
 * <p>The denoising step that this is to undo runs the UNet on z_{k+1} instead. With more than one
 * iteration the UNet therefore runs again, on the z_{k+1} found so far, until that z_{k+1} hardly
 * moves (fixed-point iteration: AIDI, arXiv 2309.04907). The record's word maps and what is cached
 * stay those of z_k.
 */
final class Inversion {

  /**
   * What another iteration must move the latents by to be worth it, of their norm. Steps where the
   * model is smooth move by 1e-5 in their third iteration; those where it decides what it sees move
   * by 1e-3 and more for several.
   */
  private static final double TOLERANCE = 1e-4;

  private Inversion() {}

  /**
   * Inverts from where the state has come to until z_T.
   *
   * @param text the source prompt's embedding [1,L,D]
   * @param iterations how often a step may run the UNet, at least 1
   * @param recording by record the plan that keeps the source for the edit, or null
   */
  static void run(
      Denoiser denoiser,
      EditState state,
      Tensor text,
      int iterations,
      WordMaps.Request request,
      IntFunction<@Nullable AttentionPlan> recording) {
    List<Tensor> latents = state.inverted();
    denoiser.run(
        EditListener.Phase.INVERSION,
        latents.size() - 1,
        k -> {
          Tensor from = latents.get(k);
          Tensor next =
              step(denoiser, k, from, text, request, state.wordMaps(), recording.apply(k));
          latents.add(refine(denoiser, k, from, next, text, iterations - 1));
        });
  }

  private static Tensor step(
      Denoiser denoiser,
      int k,
      Tensor latents,
      Tensor text,
      WordMaps.Request request,
      WordMaps maps,
      @Nullable AttentionPlan recording) {
    WordCapture capture = request.wants(k) ? new WordCapture(0, request.groups()) : null;
    int timestep = denoiser.scheduler().timestep(k + 1);
    try (UNet.Output output =
        denoiser
            .unet()
            .forward(
                List.of(latents),
                List.of(text),
                timestep,
                recording,
                capture,
                denoiser.callbacks())) {
      for (int layer = 0; layer < output.wordMaps().size(); layer++) {
        if (request.layers().contains(layer)) {
          maps.put(k, layer, output.wordMaps().get(layer).toFloats());
        }
      }
      return denoiser.scheduler().invert(latents, output.noise().get(0), k);
    }
  }

  /**
   * Iterates z_{k+1} = invert(z_k, UNet(z_{k+1})).
   *
   * @param from z_k
   * @param next the z_{k+1} of UNet(z_k); closed if it is not what is returned
   * @param iterations at most
   */
  private static Tensor refine(
      Denoiser denoiser, int k, Tensor from, Tensor next, Tensor text, int iterations) {
    double moved = iterations == 0 ? 0 : distance(from, next);
    for (int i = 0; i < iterations; i++) {
      Tensor better;
      try (Tensor before = next;
          UNet.Output output =
              denoiser
                  .unet()
                  .forward(
                      List.of(before),
                      List.of(text),
                      denoiser.scheduler().timestep(k + 1),
                      null,
                      null,
                      denoiser.callbacks())) {
        better = denoiser.scheduler().invert(from, output.noise().get(0), k);
        double moves = distance(before, better);
        next = better;
        // At the rate of the last two, the next one would move it by moves * (moves / moved).
        if (moves * moves <= TOLERANCE * moved) {
          return next;
        }
        moved = moves;
      }
    }
    return next;
  }

  /** Returns the norm of b - a over that of a. */
  private static double distance(Tensor a, Tensor b) {
    float[] first = a.toFloats();
    float[] second = b.toFloats();
    double squares = 0;
    double norm = 0;
    for (int i = 0; i < first.length; i++) {
      double difference = second[i] - (double) first[i];
      squares += difference * difference;
      norm += first[i] * (double) first[i];
    }
    return Math.sqrt(squares / norm);
  }
}
