#pragma once

#include <ATen/core/Tensor.h>

#include <cmath>

#include "kernels/attention_params.h"

/* Tensors as the CUDA kernels' parameters. */
namespace fmk::fused::cuda {

/* An outer size of 1 is repeated for all. */
inline kernels::Operand operand(const at::Tensor& x) { return {x.data_ptr(), x.size(0) == 1 ? 0 : x.stride(0), x.stride(1), x.stride(2)}; }

inline kernels::Element element_of(const at::Tensor& x) {
  if (x.scalar_type() == at::kHalf) return kernels::Element::kF16;
  return x.scalar_type() == at::kBFloat16 ? kernels::Element::kBf16 : kernels::Element::kF32;
}

/* D^-0.5 log2(e): the softmax is a power of two. */
inline float scale_of(const at::Tensor& q) {
  constexpr double kLog2e = 1.4426950408889634;
  return static_cast<float>(kLog2e / std::sqrt(static_cast<double>(q.size(3))));
}

}  // namespace fmk::fused::cuda
