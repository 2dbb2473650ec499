#include "model/clip/clip.h"

#include <ATen/ops/linalg_vector_norm.h>

#include <cmath>

namespace fmk {
namespace {

/* In f32 whatever the model computes in: a cosine is a sum over hundreds of channels. */
at::Tensor unit_length(const at::Tensor& embeds) {
  const at::Tensor x = embeds.to(at::kFloat);
  return x / at::linalg_vector_norm(x, 2, {-1}, /*keepdim=*/true);
}

}  // namespace

Clip::Clip(const WeightPath& at, const ClipConfig& config)
    : projection_dim_(config.projection_dim),
      text_model_(at / "text_model", config.text),
      vision_model_(at / "vision_model", config.vision),
      text_projection_(at / "text_projection", config.text.hidden_size, config.projection_dim, /*bias=*/false),
      visual_projection_(at / "visual_projection", config.vision.hidden_size, config.projection_dim, /*bias=*/false),
      logit_scale_(std::exp(at.take_f32("logit_scale", {}).item<float>())) {}

at::Tensor Clip::image_embeds(const at::Tensor& pixels, const Trace& trace) const {
  return unit_length(visual_projection_(vision_model_.forward(pixels, trace)));
}

at::Tensor Clip::text_embeds(const at::Tensor& ids, const Trace& trace) const {
  return unit_length(text_projection_(text_model_.pooled(ids, text_model_.forward(ids, trace))));
}

WeightReader::Tensors clip_weights(const WeightReader::Tensors& stored) {
  WeightReader::Tensors result = stored;
  result.erase("text_model.embeddings.position_ids");
  result.erase("vision_model.embeddings.position_ids");
  return result;
}

}  // namespace fmk
