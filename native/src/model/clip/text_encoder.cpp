#include "model/clip/text_encoder.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/embedding.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/index.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <ATen/ops/sigmoid.h>

#include "core/error.h"
#include "ops/attention.h"

namespace fmk {

ClipLayer::ClipLayer(const WeightPath& at, const fmk_text_encoder_config_t& config)
    : heads_(config.num_attention_heads),
      activation_(config.hidden_act),
      layer_norm1_(at / "layer_norm1", config.hidden_size, config.layer_norm_eps),
      q_proj_(at / "self_attn" / "q_proj", config.hidden_size, config.hidden_size),
      k_proj_(at / "self_attn" / "k_proj", config.hidden_size, config.hidden_size),
      v_proj_(at / "self_attn" / "v_proj", config.hidden_size, config.hidden_size),
      out_proj_(at / "self_attn" / "out_proj", config.hidden_size, config.hidden_size),
      layer_norm2_(at / "layer_norm2", config.hidden_size, config.layer_norm_eps),
      fc1_(at / "mlp" / "fc1", config.hidden_size, config.intermediate_size),
      fc2_(at / "mlp" / "fc2", config.intermediate_size, config.hidden_size) {}

at::Tensor ClipLayer::operator()(const at::Tensor& x) const {
  const at::Tensor normed = layer_norm1_(x);
  const at::Tensor attended =
      at::scaled_dot_product_attention(split_heads(q_proj_(normed), heads_), split_heads(k_proj_(normed), heads_),
                                       split_heads(v_proj_(normed), heads_), /*attn_mask=*/{}, /*dropout_p=*/0.0, /*is_causal=*/true);
  const at::Tensor h = x + out_proj_(merge_heads(attended));
  const at::Tensor inner = fc1_(layer_norm2_(h));
  return h + fc2_(activation_ == FMK_ACTIVATION_GELU ? at::gelu(inner) : inner * at::sigmoid(1.702 * inner));
}

TextEncoder::TextEncoder(const WeightPath& at, const fmk_text_encoder_config_t& config)
    : eos_token_id_(config.eos_token_id),
      token_embedding_((at / "embeddings" / "token_embedding").take("weight", {config.vocab_size, config.hidden_size})),
      position_embedding_((at / "embeddings" / "position_embedding").take("weight", {config.max_position_embeddings, config.hidden_size})),
      final_layer_norm_(at / "final_layer_norm", config.hidden_size, config.layer_norm_eps) {
  for (int32_t i = 0; i < config.num_hidden_layers; ++i) layers_.emplace_back(at / "encoder" / "layers" / i, config);
}

at::Tensor TextEncoder::forward(const at::Tensor& ids, const Trace& trace) const {
  at::Tensor h = at::embedding(token_embedding_, ids) + position_embedding_.narrow(0, 0, ids.size(1));
  trace.probe("hidden_states.0", h);
  for (size_t i = 0; i < layers_.size(); ++i) {
    h = layers_[i](h);
    trace.probe("hidden_states." + std::to_string(i + 1), h);
    trace.tick();
  }
  h = final_layer_norm_(h);
  trace.probe("pooler_output", [&] { return pooled(ids, h); });
  return h;
}

at::Tensor TextEncoder::pooled(const at::Tensor& ids, const at::Tensor& hidden) const {
  /* Id 2 is the value that old configurations carry by mistake; the end token is then the largest id. */
  const at::Tensor ends = eos_token_id_ == 2 ? ids.argmax(1) : ids.eq(eos_token_id_).to(at::kInt).argmax(1);
  return at::index(hidden, {at::arange(ids.size(0), ids.options()), ends});
}

WeightReader::Tensors text_encoder_weights(const WeightReader::Tensors& stored) {
  const std::string prefix = "text_model.";
  WeightReader::Tensors result;
  for (const auto& [name, tensor] : stored) {
    const std::string stripped = name.starts_with(prefix) ? name.substr(prefix.size()) : name;
    if (stripped == "embeddings.position_ids") continue;
    FMK_REQUIRE(result.emplace(stripped, tensor).second, "tensor '", stripped, "' of the text encoder is there twice");
  }
  return result;
}

}  // namespace fmk
