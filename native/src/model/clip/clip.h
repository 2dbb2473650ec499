#pragma once

#include "model/clip/text_encoder.h"
#include "model/clip/vision_encoder.h"

namespace fmk {

struct ClipConfig {
  const fmk_text_encoder_config_t& text;
  const fmk_clip_vision_config_t& vision;
  int32_t projection_dim;
};

/* CLIPModel of transformers: images and texts as directions in one space. */
class Clip {
 public:
  Clip(const WeightPath& at, const ClipConfig& config);
  /* pixels [B,Cin,S,S] in the model's dtype -> [B,D] F32 of length 1 */
  at::Tensor image_embeds(const at::Tensor& pixels, const Trace& trace) const;
  /* ids [B,L] I64 on the device -> [B,D] F32 of length 1 */
  at::Tensor text_embeds(const at::Tensor& ids, const Trace& trace) const;
  /* What a cosine is multiplied with to give a logit. */
  float logit_scale() const { return logit_scale_; }
  int64_t embedding_size() const { return projection_dim_; }
  const TextEncoder& text() const { return text_model_; }
  const VisionEncoder& vision() const { return vision_model_; }

 private:
  int64_t projection_dim_;
  TextEncoder text_model_;
  VisionEncoder vision_model_;
  Linear text_projection_;
  Linear visual_projection_;
  float logit_scale_;
};

/* Drops the position_ids buffers that older checkpoints carry. */
WeightReader::Tensors clip_weights(const WeightReader::Tensors& stored);

}  // namespace fmk
