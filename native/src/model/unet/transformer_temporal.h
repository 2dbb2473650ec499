#pragma once

#include "model/unet/attention.h"

namespace fmk {

/* TransformerTemporalModel with double self-attention: both attentions run over the frames of one pixel. */
class TransformerTemporal {
 public:
  TransformerTemporal(const WeightPath& at, int64_t channels, int64_t heads, int64_t head_dim, int64_t groups, int32_t level,
                      bool controlled);
  /* x [B*F,C,h,w] -> the same */
  at::Tensor operator()(const at::Tensor& x, const ForwardState& state) const;
  void list(std::vector<AttentionInfo>& layers) const;

 private:
  std::string path_;
  GroupNorm norm_;
  Linear proj_in_;
  LayerNorm norm1_;
  TemporalAttention attn1_;
  LayerNorm norm2_;
  TemporalAttention attn2_;
  LayerNorm norm3_;
  FeedForward ff_;
  Linear proj_out_;
};

}  // namespace fmk
