package io.freemask.internal.ffi;

import io.freemask.internal.bindings.Fmk;
import io.freemask.internal.bindings.fmk_vae_config;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The section "VAE" of {@code fmk.h}. */
public final class VaeCalls {

  private VaeCalls() {}

  /** The fields of {@code fmk_vae_config_t}. */
  public record Config(
      int inChannels,
      int outChannels,
      int latentChannels,
      int layersPerBlock,
      int normNumGroups,
      boolean midBlockAddAttention,
      boolean useQuantConv,
      boolean usePostQuantConv,
      List<Integer> blockOutChannels) {}

  /** Mean and logarithm of the variance. */
  public record Posterior(Handle mean, Handle logvar) {}

  /**
   * Makes a VAE.
   *
   * @param destroyed called after it was destroyed
   */
  public static Handle create(
      Handle context, Handle weights, Config config, int dtype, Runnable destroyed) {
    try (NativeCall call = new NativeCall("fmk_vae_create")) {
      MemorySegment c = fmk_vae_config.allocate(call.arena());
      call.check(Fmk.fmk_vae_config_init(c, Math.toIntExact(fmk_vae_config.sizeof())));
      fmk_vae_config.in_channels(c, config.inChannels());
      fmk_vae_config.out_channels(c, config.outChannels());
      fmk_vae_config.latent_channels(c, config.latentChannels());
      fmk_vae_config.layers_per_block(c, config.layersPerBlock());
      fmk_vae_config.norm_num_groups(c, config.normNumGroups());
      fmk_vae_config.mid_block_add_attention(c, config.midBlockAddAttention() ? 1 : 0);
      fmk_vae_config.use_quant_conv(c, config.useQuantConv() ? 1 : 0);
      fmk_vae_config.use_post_quant_conv(c, config.usePostQuantConv() ? 1 : 0);
      fmk_vae_config.block_count(c, config.blockOutChannels().size());
      for (int i = 0; i < config.blockOutChannels().size(); i++) {
        fmk_vae_config.block_out_channels(c, i, config.blockOutChannels().get(i));
      }
      MemorySegment out = call.pointers(1);
      call.check(Fmk.fmk_vae_create(call.use(context), call.use(weights), c, dtype, out));
      return call.take(
          "VAE",
          out,
          0,
          address -> {
            Fmk.fmk_vae_destroy(address);
            destroyed.run();
          },
          context);
    }
  }

  /** Encodes pixels [F,3,H,W]. */
  public static Posterior encode(
      Handle context, Handle vae, Handle pixels, int sliceFrames, @Nullable CallbackSink sink) {
    try (NativeCall call = new NativeCall("fmk_vae_encode")) {
      MemorySegment mean = call.pointers(1);
      MemorySegment logvar = call.pointers(1);
      call.check(
          Fmk.fmk_vae_encode(
              call.use(vae), call.use(pixels), sliceFrames, call.callbacks(sink), mean, logvar));
      return new Posterior(
          TensorCalls.take(call, mean, 0, context), TensorCalls.take(call, logvar, 0, context));
    }
  }

  /** Decodes latents [F,4,h,w]. */
  public static Handle decode(
      Handle context, Handle vae, Handle latents, int sliceFrames, @Nullable CallbackSink sink) {
    try (NativeCall call = new NativeCall("fmk_vae_decode")) {
      MemorySegment out = call.pointers(1);
      call.check(
          Fmk.fmk_vae_decode(
              call.use(vae), call.use(latents), sliceFrames, call.callbacks(sink), out));
      return TensorCalls.take(call, out, 0, context);
    }
  }
}
