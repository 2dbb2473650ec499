#include "capi/text_encoder.h"

#include "capi/models.h"
#include "core/tensor_desc.h"

namespace fmk {

void check_text_config(const fmk_text_encoder_config_t& config) {
  constexpr int64_t kMost = 1 << 24;
  require_range(config.vocab_size, 1, kMost, "vocab_size");
  require_range(config.max_position_embeddings, 1, kMost, "max_position_embeddings");
  check_transformer(config);
}

at::Tensor token_ids(const fmk_tensor_desc_t* ids, const TextEncoder& model, const fmk_context& context) {
  const at::Tensor view = host_view(ids, "ids");
  FMK_REQUIRE(view.dim() == 2 && view.scalar_type() == at::kLong && view.numel() > 0, "ids has the shape ", view.sizes(), " and dtype ",
              c10::toString(view.scalar_type()), ", expected [B,L] i64");
  FMK_REQUIRE(view.size(1) <= model.max_positions(), "ids hold ", view.size(1), " tokens, the text encoder takes ", model.max_positions());
  const int64_t least = view.min().item<int64_t>();
  const int64_t most = view.max().item<int64_t>();
  FMK_REQUIRE(least >= 0 && most < model.vocabulary(), "token id ", least < 0 ? least : most, " is outside the vocabulary of ",
              model.vocabulary());
  return view.to(context.device, at::kLong, false, true);
}

}  // namespace fmk

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
    fmk::check_text_config(cfg);
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
    const at::Tensor hidden = e.model.forward(fmk::token_ids(ids, e.model, e.context), fmk::Trace(callbacks));
    *out_new = new fmk_tensor(e.context, hidden.contiguous());
  });
}

}  // extern "C"
