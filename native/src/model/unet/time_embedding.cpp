#include "model/unet/time_embedding.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/silu.h>

#include <cmath>

namespace fmk {

TimeProjection::TimeProjection(int64_t channels, c10::Device device) {
  const int64_t half = channels / 2;
  frequencies_ = (at::arange(half, at::TensorOptions(at::kFloat)) * -std::log(10000.0) / half).exp().to(device);
}

at::Tensor TimeProjection::operator()(double timestep) const {
  const at::Tensor angles = frequencies_ * static_cast<float>(timestep);
  return at::cat({angles.cos(), angles.sin()}).unsqueeze(0);
}

TimeEmbedding::TimeEmbedding(const WeightPath& at, int64_t channels, int64_t embedding_channels)
    : linear_1_(at / "linear_1", channels, embedding_channels), linear_2_(at / "linear_2", embedding_channels, embedding_channels) {}

at::Tensor TimeEmbedding::operator()(const at::Tensor& x) const { return linear_2_(at::silu(linear_1_(x))); }

}  // namespace fmk
