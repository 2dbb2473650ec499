package io.freemask.internal.ffi;

import io.freemask.internal.bindings.Fmk;
import io.freemask.internal.bindings.fmk_clip_vision_config;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/** The section "CLIP" of {@code fmk.h}. */
public final class ClipCalls {

  private ClipCalls() {}

  /** The fields of {@code fmk_clip_vision_config_t}. */
  public record VisionConfig(
      int hiddenSize,
      int intermediateSize,
      int hiddenLayers,
      int attentionHeads,
      int channels,
      int imageSize,
      int patchSize,
      boolean quickGelu,
      float layerNormEps) {}

  /**
   * Makes a CLIP model.
   *
   * @param projectionDim D
   * @param destroyed called after it was destroyed
   */
  public static Handle create(
      Handle context,
      Handle weights,
      TextEncoderCalls.Config text,
      VisionConfig vision,
      int projectionDim,
      int dtype,
      Runnable destroyed) {
    try (NativeCall call = new NativeCall("fmk_clip_create")) {
      MemorySegment t = TextEncoderCalls.struct(call, text);
      MemorySegment v = fmk_clip_vision_config.allocate(call.arena());
      call.check(
          Fmk.fmk_clip_vision_config_init(v, Math.toIntExact(fmk_clip_vision_config.sizeof())));
      fmk_clip_vision_config.hidden_size(v, vision.hiddenSize());
      fmk_clip_vision_config.intermediate_size(v, vision.intermediateSize());
      fmk_clip_vision_config.num_hidden_layers(v, vision.hiddenLayers());
      fmk_clip_vision_config.num_attention_heads(v, vision.attentionHeads());
      fmk_clip_vision_config.num_channels(v, vision.channels());
      fmk_clip_vision_config.image_size(v, vision.imageSize());
      fmk_clip_vision_config.patch_size(v, vision.patchSize());
      fmk_clip_vision_config.hidden_act(v, TextEncoderCalls.activation(vision.quickGelu()));
      fmk_clip_vision_config.layer_norm_eps(v, vision.layerNormEps());
      MemorySegment out = call.pointers(1);
      call.check(
          Fmk.fmk_clip_create(
              call.use(context), call.use(weights), t, v, projectionDim, dtype, out));
      return call.take(
          "CLIP model",
          out,
          0,
          address -> {
            Fmk.fmk_clip_destroy(address);
            destroyed.run();
          },
          context);
    }
  }

  /** Returns what a cosine is multiplied with to give a logit. */
  public static float logitScale(Handle clip) {
    try (NativeCall call = new NativeCall("fmk_clip_logit_scale")) {
      MemorySegment scale = call.arena().allocate(ValueLayout.JAVA_FLOAT);
      call.check(Fmk.fmk_clip_logit_scale(call.use(clip), scale));
      return scale.get(ValueLayout.JAVA_FLOAT, 0);
    }
  }

  /** Embeds pixels [B,C,S,S]. */
  public static Handle imageEmbeds(
      Handle context, Handle clip, Handle pixels, int sliceImages, @Nullable CallbackSink sink) {
    try (NativeCall call = new NativeCall("fmk_clip_image_embeds")) {
      MemorySegment out = call.pointers(1);
      call.check(
          Fmk.fmk_clip_image_embeds(
              call.use(clip), call.use(pixels), sliceImages, call.callbacks(sink), out));
      return TensorCalls.take(call, out, 0, context);
    }
  }

  /**
   * Embeds token ids, row by row.
   *
   * @param ids [B*L]
   * @param sizes B, L
   */
  public static Handle textEmbeds(
      Handle context, Handle clip, long[] ids, long[] sizes, @Nullable CallbackSink sink) {
    try (NativeCall call = new NativeCall("fmk_clip_text_embeds")) {
      MemorySegment host = TextEncoderCalls.ids(call, ids, sizes);
      MemorySegment out = call.pointers(1);
      call.check(Fmk.fmk_clip_text_embeds(call.use(clip), host, call.callbacks(sink), out));
      return TensorCalls.take(call, out, 0, context);
    }
  }
}
