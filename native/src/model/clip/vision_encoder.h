#pragma once

#include <vector>

#include "core/trace.h"
#include "model/clip/layer.h"

namespace fmk {

/* CLIPVisionModel of transformers: an image is cut into patches, each patch is a token, and a class token in front sums them up. */
class VisionEncoder {
 public:
  VisionEncoder(const WeightPath& at, const fmk_clip_vision_config_t& config);
  /* pixels [B,Cin,S,S] in the model's dtype -> the final state of the class token [B,C] */
  at::Tensor forward(const at::Tensor& pixels, const Trace& trace) const;
  int64_t channels() const { return channels_; }
  int64_t image_size() const { return image_size_; }

 private:
  int64_t channels_;
  int64_t image_size_;
  at::Tensor class_embedding_; /* [C] */
  Conv2d patch_embedding_;
  at::Tensor position_embedding_; /* [1 + patches, C] */
  LayerNorm pre_layrnorm_;
  std::vector<ClipLayer> layers_;
  LayerNorm post_layernorm_;
};

}  // namespace fmk
