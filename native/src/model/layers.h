#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>

#include "io/weights.h"

/*
 * The parts every model is made of. Images are [B,C,H,W] in channels_last memory, tokens are [..,C]: then a transformer's tokens are a
 * view of the image, and no layer has to turn the memory around.
 */
namespace fmk {

class Linear {
 public:
  Linear(const WeightPath& at, int64_t in, int64_t out, bool bias = true);
  /* x [..,in] -> [..,out] */
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  at::Tensor weight_;
  at::Tensor bias_;
};

class Conv2d {
 public:
  Conv2d(const WeightPath& at, int64_t in, int64_t out, int64_t kernel, int64_t stride = 1, int64_t padding = -1, bool bias = true);
  /* x [B,in,H,W] -> [B,out,H',W'], channels_last; padding -1 keeps the size at stride 1 */
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  at::Tensor weight_;
  at::Tensor bias_;
  int64_t stride_;
  int64_t padding_;
};

class GroupNorm {
 public:
  GroupNorm(const WeightPath& at, int64_t groups, int64_t channels, double eps);
  /* x [B,C,..] */
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  at::Tensor weight_;
  at::Tensor bias_;
  int64_t groups_;
  double eps_;
};

class LayerNorm {
 public:
  LayerNorm(const WeightPath& at, int64_t channels, double eps = 1e-5);
  /* x [..,C] */
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  at::Tensor weight_;
  at::Tensor bias_;
  double eps_;
};

/* Feed-forward of a transformer block: GEGLU to four times the channels, then back. */
class FeedForward {
 public:
  FeedForward(const WeightPath& at, int64_t channels);
  /* x [..,C] */
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  /* rows [N,C] */
  at::Tensor geglu(const at::Tensor& rows) const;

  Linear in_;
  Linear out_;
};

/* [B,C,H,W] -> [B,H*W,C]; a view when x is channels_last. */
at::Tensor to_tokens(const at::Tensor& x);

/* [B,H*W,C] -> [B,C,H,W], channels_last, a view of tokens. */
at::Tensor to_image(const at::Tensor& tokens, int64_t height, int64_t width);

}  // namespace fmk
