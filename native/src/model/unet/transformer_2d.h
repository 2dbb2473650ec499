#pragma once

#include "model/unet/attention.h"

namespace fmk {

/* Transformer2DModel with linear projections and one block: self attention within each frame, cross attention to the text. */
class Transformer2d {
 public:
  Transformer2d(const WeightPath& at, int64_t channels, int64_t text_channels, int64_t head_dim, int64_t groups, int32_t level);
  /* x [B*F,C,h,w] -> the same */
  at::Tensor operator()(const at::Tensor& x, const ForwardState& state) const;
  void list(std::vector<AttentionInfo>& layers) const;

 private:
  std::string path_;
  GroupNorm norm_;
  Linear proj_in_;
  LayerNorm norm1_;
  SelfAttention attn1_;
  LayerNorm norm2_;
  CrossAttention attn2_;
  LayerNorm norm3_;
  FeedForward ff_;
  Linear proj_out_;
};

}  // namespace fmk
