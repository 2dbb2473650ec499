#include "capi/models.h"
#include "core/tensor_desc.h"

extern "C" {

int32_t fmk_callbacks_init(fmk_callbacks_t* callbacks, uint32_t struct_size) {
  return fmk::guard([&] { fmk::init(callbacks, struct_size); });
}

int32_t fmk_text_encoder_config_init(fmk_text_encoder_config_t* config, uint32_t struct_size) {
  return fmk::guard([&] {
    fmk::init(config, struct_size);
    config->eos_token_id = 2;
    config->layer_norm_eps = 1e-5F;
  });
}

int32_t fmk_text_encoder_create(fmk_context_t* context, const fmk_weights_t* weights, const fmk_text_encoder_config_t* config,
                                int32_t dtype, fmk_text_encoder_t** out_new) {
  return fmk::guard([&] {
    fmk::argument(out_new, "out_new") = nullptr;
    fmk_context& c = fmk::handle(context, "context");
    const fmk_weights& w = fmk::handle(weights, "weights");
    const fmk_text_encoder_config_t& cfg = fmk::structure(config, "config");
    constexpr int64_t kMost = 1 << 24;
    fmk::require_range(cfg.vocab_size, 1, kMost, "vocab_size");
    fmk::require_range(cfg.hidden_size, 1, kMost, "hidden_size");
    fmk::require_range(cfg.intermediate_size, 1, kMost, "intermediate_size");
    fmk::require_range(cfg.num_hidden_layers, 0, 1024, "num_hidden_layers");
    fmk::require_range(cfg.num_attention_heads, 1, cfg.hidden_size, "num_attention_heads");
    fmk::require_range(cfg.max_position_embeddings, 1, kMost, "max_position_embeddings");
    FMK_REQUIRE(cfg.hidden_size % cfg.num_attention_heads == 0, "hidden_size ", cfg.hidden_size, " does not divide into ",
                cfg.num_attention_heads, " heads");
    FMK_REQUIRE(cfg.hidden_act == FMK_ACTIVATION_GELU || cfg.hidden_act == FMK_ACTIVATION_QUICK_GELU, "hidden_act ", cfg.hidden_act,
                " is not an fmk_activation");
    *out_new = fmk::load_model<fmk_text_encoder, fmk::TextEncoder>(c, fmk::text_encoder_weights(w.tensors), cfg, dtype, "text encoder");
  });
}

void fmk_text_encoder_destroy(fmk_text_encoder_t* encoder) { delete encoder; }

int32_t fmk_text_encoder_forward(fmk_text_encoder_t* encoder, const fmk_tensor_desc_t* ids, const fmk_callbacks_t* callbacks,
                                 fmk_tensor_t** out_new) {
  return fmk::guard([&] {
    fmk::argument(out_new, "out_new") = nullptr;
    fmk_text_encoder& e = fmk::handle(encoder, "encoder");
    fmk::CallScope scope(e.context);
    const at::Tensor view = fmk::host_view(ids, "ids");
    FMK_REQUIRE(view.dim() == 2 && view.scalar_type() == at::kLong && view.numel() > 0, "ids has the shape ", view.sizes(), " and dtype ",
                c10::toString(view.scalar_type()), ", expected [B,L] i64");
    FMK_REQUIRE(view.size(1) <= e.model.max_positions(), "ids hold ", view.size(1), " tokens, the text encoder takes ",
                e.model.max_positions());
    const int64_t least = view.min().item<int64_t>();
    const int64_t most = view.max().item<int64_t>();
    FMK_REQUIRE(least >= 0 && most < e.model.vocabulary(), "token id ", least < 0 ? least : most, " is outside the vocabulary of ",
                e.model.vocabulary());
    const at::Tensor hidden = e.model.forward(view.to(e.context.device, at::kLong, false, true), fmk::Trace(callbacks));
    *out_new = new fmk_tensor(e.context, hidden.contiguous());
  });
}

}  // extern "C"
