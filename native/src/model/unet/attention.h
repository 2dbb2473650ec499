#pragma once

#include "model/layers.h"
#include "model/unet/attention_info.h"
#include "model/unet/forward_state.h"

namespace fmk {

/* attn1 of a spatial transformer: the pixels of one frame attend to each other. */
class SelfAttention {
 public:
  SelfAttention(const WeightPath& at, int64_t channels, int64_t heads, int64_t head_dim, int32_t level);
  /* x, residual [B*F,h*w,C] -> residual + the layer's output */
  at::Tensor add(const at::Tensor& x, const at::Tensor& residual, int64_t height, int64_t width, const ForwardState& state) const;
  const AttentionInfo& info() const { return info_; }

 private:
  AttentionInfo info_;
  StackedLinear to_qkv_;
  Linear to_out_;
};

/* attn2 of a spatial transformer: pixels attend to the words of the prompt. */
class CrossAttention {
 public:
  CrossAttention(const WeightPath& at, int64_t channels, int64_t text_channels, int64_t heads, int64_t head_dim, int32_t level);
  /* x, residual [B*F,h*w,C] -> residual + the layer's output */
  at::Tensor add(const at::Tensor& x, const at::Tensor& residual, int64_t height, int64_t width, const ForwardState& state) const;
  const AttentionInfo& info() const { return info_; }

 private:
  AttentionInfo info_;
  Linear to_q_;
  StackedLinear to_kv_;
  Linear to_out_;
};

/* attn1 and attn2 of a temporal transformer: a pixel attends to itself in the other frames. */
class TemporalAttention {
 public:
  TemporalAttention(const WeightPath& at, int64_t channels, int64_t heads, int64_t head_dim, int32_t level, bool controlled);
  /* x, residual [B,F,h*w,C] -> residual + the layer's output */
  at::Tensor add(const at::Tensor& x, const at::Tensor& residual, int64_t height, int64_t width, const ForwardState& state) const;
  const AttentionInfo& info() const { return info_; }

 private:
  AttentionInfo info_;
  StackedLinear to_qkv_;
  Linear to_out_;
};

}  // namespace fmk
