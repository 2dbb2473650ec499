package io.freemask.internal.ffi;

import io.freemask.internal.bindings.Fmk;
import io.freemask.internal.bindings.fmk_text_encoder_config;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/** The section "Text encoder" of {@code fmk.h}. */
public final class TextEncoderCalls {

  private TextEncoderCalls() {}

  /** The fields of {@code fmk_text_encoder_config_t}. */
  public record Config(
      int vocabSize,
      int hiddenSize,
      int intermediateSize,
      int hiddenLayers,
      int attentionHeads,
      int maxPositions,
      boolean quickGelu,
      int eosTokenId,
      float layerNormEps) {}

  /**
   * Makes a text encoder.
   *
   * @param destroyed called after it was destroyed
   */
  public static Handle create(
      Handle context, Handle weights, Config config, int dtype, Runnable destroyed) {
    try (NativeCall call = new NativeCall("fmk_text_encoder_create")) {
      MemorySegment c = struct(call, config);
      MemorySegment out = call.pointers(1);
      call.check(Fmk.fmk_text_encoder_create(call.use(context), call.use(weights), c, dtype, out));
      return call.take(
          "text encoder",
          out,
          0,
          address -> {
            Fmk.fmk_text_encoder_destroy(address);
            destroyed.run();
          },
          context);
    }
  }

  /** Returns a filled {@code fmk_text_encoder_config_t}. */
  static MemorySegment struct(NativeCall call, Config config) {
    MemorySegment c = fmk_text_encoder_config.allocate(call.arena());
    call.check(
        Fmk.fmk_text_encoder_config_init(c, Math.toIntExact(fmk_text_encoder_config.sizeof())));
    fmk_text_encoder_config.vocab_size(c, config.vocabSize());
    fmk_text_encoder_config.hidden_size(c, config.hiddenSize());
    fmk_text_encoder_config.intermediate_size(c, config.intermediateSize());
    fmk_text_encoder_config.num_hidden_layers(c, config.hiddenLayers());
    fmk_text_encoder_config.num_attention_heads(c, config.attentionHeads());
    fmk_text_encoder_config.max_position_embeddings(c, config.maxPositions());
    fmk_text_encoder_config.hidden_act(c, activation(config.quickGelu()));
    fmk_text_encoder_config.eos_token_id(c, config.eosTokenId());
    fmk_text_encoder_config.layer_norm_eps(c, config.layerNormEps());
    return c;
  }

  /** Returns an {@code FMK_ACTIVATION_*} code. */
  static int activation(boolean quickGelu) {
    return quickGelu ? Fmk.FMK_ACTIVATION_QUICK_GELU() : Fmk.FMK_ACTIVATION_GELU();
  }

  /** Returns a descriptor of token ids [B*L] with sizes B, L. */
  static MemorySegment ids(NativeCall call, long[] ids, long[] sizes) {
    return TensorDescriptor.ofHost(
        call.arena(),
        Fmk.FMK_DTYPE_I64(),
        sizes,
        call.arena().allocateFrom(ValueLayout.JAVA_LONG, ids));
  }

  /**
   * Encodes token ids, row by row.
   *
   * @param ids [B*L]
   * @param sizes B, L
   */
  public static Handle forward(
      Handle context, Handle encoder, long[] ids, long[] sizes, @Nullable CallbackSink sink) {
    try (NativeCall call = new NativeCall("fmk_text_encoder_forward")) {
      MemorySegment host = ids(call, ids, sizes);
      MemorySegment out = call.pointers(1);
      call.check(Fmk.fmk_text_encoder_forward(call.use(encoder), host, call.callbacks(sink), out));
      return TensorCalls.take(call, out, 0, context);
    }
  }
}
