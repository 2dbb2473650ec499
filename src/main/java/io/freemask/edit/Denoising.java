package io.freemask.edit;

import io.freemask.model.AttentionPlan;
import io.freemask.model.UNet;
import io.freemask.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Guided DDIM denoising, with or without fusion of a source.
 *
 * <p>Step s = 0..T-1 runs at timestep tau_{T-s}. With a window open the batch is the source at
 * z_{T-1-s}, the unconditional and the conditional item; else, and where what is needed of the
 * source was kept by the inversion, the source is left out.
 */
final class Denoising {

  /**
   * The embeddings [1,L,D] of the batch items.
   *
   * @param source of the source prompt
   * @param unconditional of the empty prompt
   * @param conditional of the target prompt
   */
  record Texts(Tensor source, Tensor unconditional, Tensor conditional) implements AutoCloseable {

    @Override
    public void close() {
      source.close();
      unconditional.close();
      conditional.close();
    }
  }

  private Denoising() {}

  /** Edits from where the state has come to until z_0; its inversion is complete. */
  static void edit(
      Denoiser denoiser, EditState state, Texts texts, float guidance, StepPlans plans) {
    int steps = denoiser.scheduler().steps();
    List<Tensor> inverted = state.inverted();
    List<Tensor> latents = state.edited();
    if (latents.isEmpty()) {
      latents.add(inverted.get(steps).scale(1));
    }
    denoiser.run(
        EditListener.Phase.EDITING,
        latents.size() - 1,
        s -> {
          Tensor source = inverted.get(steps - 1 - s);
          AttentionPlan plan = plans.at(s);
          Tensor mask = plans.blendMask(s);
          Tensor next = step(denoiser, s, latents.get(s), source, texts, guidance, plan);
          latents.add(blend(next, source, mask));
        });
  }

  /**
   * Generates from noise, without a source.
   *
   * @param noise z_T [1,C,F,h,w]; stays the caller's
   * @return z_0
   */
  static Tensor generate(
      Denoiser denoiser, Tensor noise, Tensor unconditional, Tensor conditional, float guidance) {
    Tensor[] latents = {noise.scale(1)};
    // The source item does not run without a plan, so its latents and text are never read.
    Texts texts = new Texts(unconditional, unconditional, conditional);
    try {
      denoiser.run(
          EditListener.Phase.EDITING,
          0,
          s -> {
            Tensor next = step(denoiser, s, latents[0], latents[0], texts, guidance, null);
            latents[0].close();
            latents[0] = next;
          });
      return latents[0];
    } catch (RuntimeException | Error e) {
      latents[0].close();
      throw e;
    }
  }

  private static Tensor step(
      Denoiser denoiser,
      int s,
      Tensor latents,
      Tensor source,
      Texts texts,
      float guidance,
      @Nullable AttentionPlan plan) {
    boolean replayed = plan != null && plan.source() instanceof AttentionPlan.Item;
    List<Tensor> batch = replayed ? List.of(source, latents, latents) : List.of(latents, latents);
    List<Tensor> text =
        replayed
            ? List.of(texts.source(), texts.unconditional(), texts.conditional())
            : List.of(texts.unconditional(), texts.conditional());
    int timestep = denoiser.scheduler().timestep(denoiser.scheduler().steps() - s);
    try (UNet.Output output =
        denoiser.unet().forward(batch, text, timestep, plan, null, denoiser.callbacks())) {
      List<Tensor> noise = output.noise();
      int items = noise.size();
      try (Tensor guided = Denoiser.guide(noise.get(items - 2), noise.get(items - 1), guidance)) {
        return denoiser.scheduler().step(latents, guided, s);
      }
    }
  }

  /** Returns latents to the source's of the same noise level outside of the mask. */
  private static Tensor blend(Tensor latents, Tensor source, @Nullable Tensor mask) {
    if (mask == null) {
      return latents;
    }
    try (latents) {
      return Tensor.blend(source, latents, mask);
    }
  }
}
