#pragma once

#include "ops/layer_ops.h"

/* The CUDA side of layer_ops.h. `takes_*` tells whether the kernel takes such operands; if not, libtorch's operations do. */
namespace fmk::cuda {

bool takes_group_norm(const at::Tensor& x);
at::Tensor group_norm(const Biased& x, int64_t groups, const at::Tensor& weight, const at::Tensor& bias, double eps, bool silu);

at::Tensor group_norm_frames(const Biased& x, int64_t groups, const at::Tensor& weight, const at::Tensor& bias, double eps);

bool takes_layer_norm(const at::Tensor& x);
at::Tensor layer_norm(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, double eps);

/* rows [R,C]: the output of geglu or upsample_nearest, or an operand of add */
bool takes_pointwise(const at::Tensor& like, int64_t rows, int64_t channels);
at::Tensor geglu(const at::Tensor& halves);
at::Tensor add(const Biased& x, const at::Tensor& y);
at::Tensor upsample_nearest(const at::Tensor& x, int64_t height, int64_t width);

void linear_add(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, const at::Tensor& residual, const at::Tensor& out);

}  // namespace fmk::cuda
