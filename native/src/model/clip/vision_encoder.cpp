#include "model/clip/vision_encoder.h"

#include <ATen/ops/cat.h>

namespace fmk {
namespace {

int64_t patches(const fmk_clip_vision_config_t& config) {
  const int64_t side = config.image_size / config.patch_size;
  return side * side;
}

ClipLayer::Sizes layer_sizes(const fmk_clip_vision_config_t& config) {
  return {config.hidden_size, config.intermediate_size, config.num_attention_heads, config.hidden_act, config.layer_norm_eps};
}

}  // namespace

VisionEncoder::VisionEncoder(const WeightPath& at, const fmk_clip_vision_config_t& config)
    : channels_(config.num_channels),
      image_size_(config.image_size),
      class_embedding_((at / "embeddings").take("class_embedding", {config.hidden_size})),
      patch_embedding_(at / "embeddings" / "patch_embedding", config.num_channels, config.hidden_size, config.patch_size,
                       /*stride=*/config.patch_size, /*padding=*/0, /*bias=*/false),
      position_embedding_((at / "embeddings" / "position_embedding").take("weight", {1 + patches(config), config.hidden_size})),
      pre_layrnorm_(at / "pre_layrnorm", config.hidden_size, config.layer_norm_eps), /* the checkpoints spell it so */
      post_layernorm_(at / "post_layernorm", config.hidden_size, config.layer_norm_eps) {
  for (int32_t i = 0; i < config.num_hidden_layers; ++i) {
    layers_.emplace_back(at / "encoder" / "layers" / i, layer_sizes(config), /*causal=*/false);
  }
}

at::Tensor VisionEncoder::forward(const at::Tensor& pixels, const Trace& trace) const {
  const at::Tensor patch_tokens = to_tokens(patch_embedding_(pixels.contiguous(at::MemoryFormat::ChannelsLast)));
  const at::Tensor class_token = class_embedding_.expand({pixels.size(0), 1, class_embedding_.size(0)});
  at::Tensor h = pre_layrnorm_(at::cat({class_token, patch_tokens}, 1) + position_embedding_);
  trace.probe("hidden_states.0", h);
  for (size_t i = 0; i < layers_.size(); ++i) {
    h = layers_[i](h);
    trace.probe("hidden_states." + std::to_string(i + 1), h);
    trace.tick();
  }
  const at::Tensor pooled = post_layernorm_(h.select(1, 0));
  trace.probe("pooler_output", pooled);
  return pooled;
}

}  // namespace fmk
