#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>

#include "io/weights.h"
#include "ops/layer_ops.h"

/*
 * The parts every model is made of. Images are [B,C,H,W] in channels_last memory, tokens are [..,C]: then a transformer's tokens are a
 * view of the image, and no layer has to turn the memory around.
 */
namespace fmk {

class Linear {
 public:
  Linear(const WeightPath& at, int64_t in, int64_t out, bool bias = true);
  Linear(at::Tensor weight, at::Tensor bias) : weight_(std::move(weight)), bias_(std::move(bias)) {}
  /* x [..,in] -> [..,out] */
  at::Tensor operator()(const at::Tensor& x) const;
  /* The same plus residual [..,out]; out: where to, or undefined. */
  at::Tensor add(const at::Tensor& x, const at::Tensor& residual, const at::Tensor& out = {}) const;

 private:
  at::Tensor weight_;
  at::Tensor bias_;
};

/* Linear layers without bias that read the same input, as one product. */
class StackedLinear {
 public:
  StackedLinear(const WeightPath& at, std::initializer_list<const char*> names, int64_t in, int64_t out);
  /* x [..,in] -> by name [..,out], parts of one tensor */
  std::vector<at::Tensor> operator()(const at::Tensor& x) const;

 private:
  at::Tensor weight_;
  int64_t out_;
};

class Conv2d {
 public:
  Conv2d(const WeightPath& at, int64_t in, int64_t out, int64_t kernel, int64_t stride = 1, int64_t padding = -1, bool bias = true);
  /* x [B,in,H,W] -> [B,out,H',W'], channels_last; padding -1 keeps the size at stride 1 */
  at::Tensor operator()(const at::Tensor& x) const;
  /* The same, for an operation that adds the bias. */
  Biased biased(const at::Tensor& x) const { return biased(x, bias_); }
  /* With another bias [out]. */
  Biased biased(const at::Tensor& x, const at::Tensor& bias) const;

  const at::Tensor& bias() const { return bias_; }
  void set_bias(at::Tensor bias) { bias_ = std::move(bias); }

 private:
  at::Tensor weight_;
  at::Tensor bias_;
  int64_t stride_;
  int64_t padding_;
};

class GroupNorm {
 public:
  GroupNorm(const WeightPath& at, int64_t groups, int64_t channels, double eps);
  /* x [B,C,H,W] */
  at::Tensor operator()(const at::Tensor& x) const { return normalise({x, {}}, false); }
  /* SiLU of it */
  at::Tensor silu(const at::Tensor& x) const { return normalise({x, {}}, true); }
  at::Tensor silu(const Biased& x) const { return normalise(x, true); }
  /* SiLU of it over three frames: group_norm_frames */
  at::Tensor silu_frames(const Biased& x) const { return group_norm_frames(x, groups_, weight_, bias_, eps_); }

 private:
  at::Tensor normalise(const Biased& x, bool silu) const { return group_norm(x, groups_, weight_, bias_, eps_, silu); }

  at::Tensor weight_;
  at::Tensor bias_;
  int64_t groups_;
  double eps_;
};

class LayerNorm {
 public:
  LayerNorm(const WeightPath& at, int64_t channels, double eps = 1e-5);
  /* x [..,C] */
  at::Tensor operator()(const at::Tensor& x) const { return layer_norm(x, weight_, bias_, eps_); }

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
  /* The same plus residual [..,C]. */
  at::Tensor add(const at::Tensor& x, const at::Tensor& residual) const;

 private:
  Linear in_;
  Linear out_;
};

/* [B,C,H,W] -> [B,H*W,C]; a view when x is channels_last. */
at::Tensor to_tokens(const at::Tensor& x);

/* [B,H*W,C] -> [B,C,H,W], channels_last, a view of tokens. */
at::Tensor to_image(const at::Tensor& tokens, int64_t height, int64_t width);

}  // namespace fmk
