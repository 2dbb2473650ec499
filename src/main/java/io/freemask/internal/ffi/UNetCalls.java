package io.freemask.internal.ffi;

import io.freemask.internal.bindings.Fmk;
import io.freemask.internal.bindings.fmk_attention_layer;
import io.freemask.internal.bindings.fmk_attention_plan;
import io.freemask.internal.bindings.fmk_unet_config;
import io.freemask.internal.bindings.fmk_word_capture;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The section "UNet" of {@code fmk.h}. */
public final class UNetCalls {

  private UNetCalls() {}

  /** The fields of {@code fmk_unet_config_t}. */
  public record Config(
      int inChannels,
      int outChannels,
      int layersPerBlock,
      int normNumGroups,
      int crossAttentionDim,
      int downsamplePadding,
      float midBlockScaleFactor,
      float normEps,
      List<Integer> blockOutChannels,
      List<Integer> attentionHeadDim,
      List<Boolean> downAttention,
      List<Boolean> upAttention) {}

  /** The fields of {@code fmk_attention_layer_t}. */
  public record Layer(
      String name, int kind, int level, int heads, int headDim, boolean controlled) {}

  /**
   * Word maps to capture: token groups of one batch item.
   *
   * @param maps the number of cross layers
   */
  public record Capture(int item, List<int[]> groups, int maps) {}

  /** Noise by batch item and word maps by cross layer. */
  public record Output(List<Handle> noise, List<Handle> maps) {}

  /**
   * Makes a UNet.
   *
   * @param destroyed called after it was destroyed
   */
  public static Handle create(
      Handle context, Handle weights, Config config, int dtype, Runnable destroyed) {
    try (NativeCall call = new NativeCall("fmk_unet_create")) {
      MemorySegment c = fmk_unet_config.allocate(call.arena());
      call.check(Fmk.fmk_unet_config_init(c, Math.toIntExact(fmk_unet_config.sizeof())));
      fmk_unet_config.in_channels(c, config.inChannels());
      fmk_unet_config.out_channels(c, config.outChannels());
      fmk_unet_config.layers_per_block(c, config.layersPerBlock());
      fmk_unet_config.norm_num_groups(c, config.normNumGroups());
      fmk_unet_config.cross_attention_dim(c, config.crossAttentionDim());
      fmk_unet_config.downsample_padding(c, config.downsamplePadding());
      fmk_unet_config.mid_block_scale_factor(c, config.midBlockScaleFactor());
      fmk_unet_config.norm_eps(c, config.normEps());
      fmk_unet_config.block_count(c, config.blockOutChannels().size());
      for (int i = 0; i < config.blockOutChannels().size(); i++) {
        fmk_unet_config.block_out_channels(c, i, config.blockOutChannels().get(i));
        fmk_unet_config.attention_head_dim(c, i, config.attentionHeadDim().get(i));
        fmk_unet_config.down_attention(c, i, config.downAttention().get(i) ? 1 : 0);
        fmk_unet_config.up_attention(c, i, config.upAttention().get(i) ? 1 : 0);
      }
      MemorySegment out = call.pointers(1);
      call.check(Fmk.fmk_unet_create(call.use(context), call.use(weights), c, dtype, out));
      return call.take(
          "UNet",
          out,
          0,
          address -> {
            Fmk.fmk_unet_destroy(address);
            destroyed.run();
          },
          context);
    }
  }

  /** Returns the attention layers in execution order. */
  public static List<Layer> layers(Handle unet) {
    try (NativeCall call = new NativeCall("fmk_unet_attention_layer")) {
      MemorySegment address = call.use(unet);
      MemorySegment count = call.arena().allocate(ValueLayout.JAVA_INT);
      call.check(Fmk.fmk_unet_attention_count(address, count));
      MemorySegment layer = fmk_attention_layer.allocate(call.arena());
      fmk_attention_layer.struct_size(layer, Math.toIntExact(fmk_attention_layer.sizeof()));
      List<Layer> layers = new ArrayList<>();
      for (int i = 0; i < count.get(ValueLayout.JAVA_INT, 0); i++) {
        call.check(Fmk.fmk_unet_attention_layer(address, i, layer));
        layers.add(
            new Layer(
                fmk_attention_layer.name(layer).getString(0),
                fmk_attention_layer.kind(layer),
                fmk_attention_layer.level(layer),
                fmk_attention_layer.heads(layer),
                fmk_attention_layer.head_dim(layer),
                fmk_attention_layer.controlled(layer) != 0));
      }
      return layers;
    }
  }

  /** Predicts the noise of all items in one pass. */
  public static Output forward(
      Handle context,
      Handle unet,
      List<Handle> latents,
      List<Handle> text,
      double timestep,
      @Nullable PlanParameters plan,
      @Nullable Capture capture,
      @Nullable CallbackSink sink) {
    try (NativeCall call = new NativeCall("fmk_unet_forward")) {
      int maps = capture == null ? 0 : capture.maps();
      MemorySegment noiseOut = call.pointers(latents.size());
      MemorySegment mapsOut = call.pointers(maps);
      call.check(
          Fmk.fmk_unet_forward(
              call.use(unet),
              call.useAll(latents),
              call.useAll(text),
              latents.size(),
              timestep,
              plan == null ? MemorySegment.NULL : plan(call, plan),
              capture == null ? MemorySegment.NULL : capture(call, capture, mapsOut),
              call.callbacks(sink),
              noiseOut));
      return new Output(
          tensors(call, noiseOut, latents.size(), context), tensors(call, mapsOut, maps, context));
    }
  }

  private static List<Handle> tensors(
      NativeCall call, MemorySegment out, int count, Handle context) {
    List<Handle> tensors = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      tensors.add(TensorCalls.take(call, out, i, context));
    }
    return tensors;
  }

  private static MemorySegment plan(NativeCall call, PlanParameters plan) {
    MemorySegment p = fmk_attention_plan.allocate(call.arena());
    call.check(Fmk.fmk_attention_plan_init(p, Math.toIntExact(fmk_attention_plan.sizeof())));
    fmk_attention_plan.source(p, plan.source().kind());
    fmk_attention_plan.source_item(p, plan.source().item());
    fmk_attention_plan.source_record(p, plan.source().record());
    fmk_attention_plan.source_cache(p, call.useNullable(plan.source().cache()));
    fmk_attention_plan.edit_item(p, plan.editItem());
    fmk_attention_plan.cross_mode(p, plan.crossMode());
    fmk_attention_plan.self_mode(p, plan.selfMode());
    fmk_attention_plan.temporal_mode(p, plan.temporalMode());
    fmk_attention_plan.temporal_polarity(p, plan.temporalPolarity());
    fmk_attention_plan.token_count(p, plan.tokens());
    fmk_attention_plan.cross_max_tokens(p, plan.crossMaxTokens());
    fmk_attention_plan.self_max_tokens(p, plan.selfMaxTokens());
    fmk_attention_plan.temporal_max_tokens(p, plan.temporalMaxTokens());
    fmk_attention_plan.cross_matrix(p, call.floats(plan.crossMatrix()));
    fmk_attention_plan.cross_weights(p, call.floats(plan.crossWeights()));
    fmk_attention_plan.cross_equalizer(p, call.floats(plan.crossEqualizer()));
    fmk_attention_plan.cross_alpha(p, call.floats(plan.crossAlpha()));
    fmk_attention_plan.cross_masks(p, call.useAll(plan.crossMasks()));
    fmk_attention_plan.cross_mask_count(p, plan.crossMasks().size());
    fmk_attention_plan.self_masks(p, call.useAll(plan.selfMasks()));
    fmk_attention_plan.self_mask_count(p, plan.selfMasks().size());
    fmk_attention_plan.temporal_masks(p, call.useAll(plan.temporalMasks()));
    fmk_attention_plan.temporal_mask_count(p, plan.temporalMasks().size());
    return p;
  }

  private static MemorySegment capture(NativeCall call, Capture capture, MemorySegment mapsOut) {
    int[] sizes = capture.groups().stream().mapToInt(group -> group.length).toArray();
    int[] tokens = capture.groups().stream().flatMapToInt(java.util.Arrays::stream).toArray();
    MemorySegment c = fmk_word_capture.allocate(call.arena());
    call.check(Fmk.fmk_word_capture_init(c, Math.toIntExact(fmk_word_capture.sizeof())));
    fmk_word_capture.item(c, capture.item());
    fmk_word_capture.group_count(c, sizes.length);
    fmk_word_capture.map_count(c, capture.maps());
    fmk_word_capture.group_sizes(c, call.arena().allocateFrom(ValueLayout.JAVA_INT, sizes));
    fmk_word_capture.tokens(c, call.arena().allocateFrom(ValueLayout.JAVA_INT, tokens));
    fmk_word_capture.maps_new(c, mapsOut);
    return c;
  }
}
