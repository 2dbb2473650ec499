#include "model/clip/text_encoder.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/embedding.h>
#include <ATen/ops/index.h>

#include "core/error.h"

namespace fmk {

namespace {

ClipLayer::Sizes layer_sizes(const fmk_text_encoder_config_t& config) {
  return {config.hidden_size, config.intermediate_size, config.num_attention_heads, config.hidden_act, config.layer_norm_eps};
}

}  // namespace

TextEncoder::TextEncoder(const WeightPath& at, const fmk_text_encoder_config_t& config)
    : eos_token_id_(config.eos_token_id),
      token_embedding_((at / "embeddings" / "token_embedding").take("weight", {config.vocab_size, config.hidden_size})),
      position_embedding_((at / "embeddings" / "position_embedding").take("weight", {config.max_position_embeddings, config.hidden_size})),
      final_layer_norm_(at / "final_layer_norm", config.hidden_size, config.layer_norm_eps) {
  for (int32_t i = 0; i < config.num_hidden_layers; ++i) {
    layers_.emplace_back(at / "encoder" / "layers" / i, layer_sizes(config), /*causal=*/true);
  }
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
