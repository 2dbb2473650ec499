#pragma once

#include <string>

#include "model/layers.h"
#include "model/unet/forward_state.h"

namespace fmk {

/* Name, heads and place of one attention layer: what fmk_unet_attention_layer tells. */
struct AttentionInfo {
  int32_t kind;  /* enum fmk_attention_kind */
  int32_t level; /* halvings of the latent grid */
  int64_t heads;
  int64_t head_dim;
  bool controlled;
  std::string name;
};

/* to_q, to_k, to_v and to_out.0 of one layer; queries of `channels`, keys and values of `context` channels. */
class AttentionProjections {
 public:
  AttentionProjections(const WeightPath& at, int64_t channels, int64_t context, int64_t heads, int64_t head_dim);

  at::Tensor q(const at::Tensor& x) const { return to_q_(x); }
  at::Tensor k(const at::Tensor& x) const { return to_k_(x); }
  at::Tensor v(const at::Tensor& x) const { return to_v_(x); }
  at::Tensor out(const at::Tensor& x) const { return to_out_(x); }

 private:
  Linear to_q_;
  Linear to_k_;
  Linear to_v_;
  Linear to_out_;
};

/* attn1 of a spatial transformer: the pixels of one frame attend to each other. */
class SelfAttention {
 public:
  SelfAttention(const WeightPath& at, int64_t channels, int64_t heads, int64_t head_dim, int32_t level);
  /* x [B*F,h*w,C] -> the same */
  at::Tensor operator()(const at::Tensor& x, int64_t height, int64_t width, const ForwardState& state) const;
  const AttentionInfo& info() const { return info_; }

 private:
  AttentionInfo info_;
  AttentionProjections project_;
};

/* attn2 of a spatial transformer: pixels attend to the words of the prompt. */
class CrossAttention {
 public:
  CrossAttention(const WeightPath& at, int64_t channels, int64_t text_channels, int64_t heads, int64_t head_dim, int32_t level);
  /* x [B*F,h*w,C] -> the same */
  at::Tensor operator()(const at::Tensor& x, int64_t height, int64_t width, const ForwardState& state) const;
  const AttentionInfo& info() const { return info_; }

 private:
  AttentionInfo info_;
  AttentionProjections project_;
};

/* attn1 and attn2 of a temporal transformer: a pixel attends to itself in the other frames. */
class TemporalAttention {
 public:
  TemporalAttention(const WeightPath& at, int64_t channels, int64_t heads, int64_t head_dim, int32_t level, bool controlled);
  /* x [B,F,h*w,C] -> the same */
  at::Tensor operator()(const at::Tensor& x, int64_t height, int64_t width, const ForwardState& state) const;
  const AttentionInfo& info() const { return info_; }

 private:
  AttentionInfo info_;
  AttentionProjections project_;
};

}  // namespace fmk
