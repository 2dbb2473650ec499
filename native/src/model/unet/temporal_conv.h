#pragma once

#include "model/layers.h"
#include "model/unet/forward_state.h"

namespace fmk {

/* TemporalConvLayer: four (GroupNorm, SiLU, 3x1x1 convolution over the frames), added to the input. */
class TemporalConv {
 public:
  TemporalConv(const WeightPath& at, int64_t channels, int64_t groups);
  /* x [B*F,C,h,w] -> the same */
  at::Tensor operator()(const at::Tensor& x, const ForwardState& state) const;

 private:
  struct Stage {
    Stage(const WeightPath& at, int64_t conv_index, int64_t channels, int64_t groups);
    /* x [B,C,F,h*w] */
    Biased operator()(const Biased& x) const;
    /* The same plus residual [B,C,F,h*w]. */
    at::Tensor add(const Biased& x, const at::Tensor& residual) const;
    GroupNorm norm;
    at::Tensor weight; /* [C,C,3,1]: over [B,C,F,h*w] the 3x1x1 convolution is a 3x1 one, which has a fast path on every device */
    at::Tensor bias;
    Linear product; /* weight [C,3*C], the same memory: over rows of three frames it is that convolution */
  };

  std::string path_;
  std::vector<Stage> stages_;
};

}  // namespace fmk
