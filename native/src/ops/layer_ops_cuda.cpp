#include "ops/layer_ops_cuda.h"

#include <ATen/cuda/CUDAContext.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <c10/cuda/CUDAException.h>

#include "core/error.h"
#include "kernels/cuda/group_norm.h"
#include "kernels/cuda/layer_norm.h"
#include "kernels/cuda/pointwise.h"
#include "ops/operand_cuda.h"

namespace fmk::cuda {
namespace {

using fused::cuda::element_of;

bool is_element(const at::Tensor& x) {
  return x.scalar_type() == at::kFloat || x.scalar_type() == at::kHalf || x.scalar_type() == at::kBFloat16;
}

/* An image's memory in order [B,H,W,C]. */
at::Tensor channels_innermost(const at::Tensor& x) { return x.permute({0, 2, 3, 1}).contiguous().permute({0, 3, 1, 2}); }

const void* pointer(const at::Tensor& x) { return x.defined() ? x.const_data_ptr() : nullptr; }

/* x [B,C,H,W], channels innermost */
void run_group_norm(const at::Tensor& x, const at::Tensor& shift, int64_t groups, const at::Tensor& weight, const at::Tensor& bias,
                    double eps, bool silu, int64_t frame_rows, const at::Tensor& out) {
  const int64_t images = x.size(0);
  const int64_t rows = x.size(2) * x.size(3);
  const at::Tensor partial = at::empty({kernels::cuda::group_norm_scratch(images, rows, groups)}, x.options().dtype(at::kFloat));
  kernels::cuda::GroupNormParams p{};
  p.element = element_of(x);
  p.x = x.const_data_ptr();
  p.shift = pointer(shift);
  p.weight = weight.const_data_ptr();
  p.bias = bias.const_data_ptr();
  p.out = out.data_ptr();
  p.partial = partial.data_ptr<float>();
  p.images = images;
  p.rows = rows;
  p.channels = static_cast<int>(x.size(1));
  p.groups = static_cast<int>(groups);
  p.eps = static_cast<float>(eps);
  p.silu = silu;
  p.frame_rows = frame_rows;
  C10_CUDA_CHECK(kernels::cuda::group_norm(p, at::cuda::getCurrentCUDAStream()));
}

}  // namespace

// ---- norms --------------------------------------------------------------------------------------------------------------------------

bool takes_group_norm(const at::Tensor& x) {
  constexpr int64_t kMostImages = 65535;
  return x.is_cuda() && is_element(x) && x.dim() == 4 && x.size(0) <= kMostImages && x.numel() > 0 &&
         kernels::cuda::group_norm_takes(element_of(x), x.size(1));
}

at::Tensor group_norm(const Biased& x, int64_t groups, const at::Tensor& weight, const at::Tensor& bias, double eps, bool silu) {
  const at::Tensor in = channels_innermost(x.value);
  at::Tensor out = at::empty_like(in);
  run_group_norm(in, x.bias, groups, weight, bias, eps, silu, /*frame_rows=*/0, out);
  return out;
}

at::Tensor group_norm_frames(const Biased& x, int64_t groups, const at::Tensor& weight, const at::Tensor& bias, double eps) {
  const at::Tensor in = channels_innermost(x.value);
  at::Tensor out = at::empty({in.size(0), in.size(2) * in.size(3), 3 * in.size(1)}, in.options());
  run_group_norm(in, x.bias, groups, weight, bias, eps, true, /*frame_rows=*/in.size(3), out);
  return out;
}

bool takes_layer_norm(const at::Tensor& x) {
  return x.is_cuda() && is_element(x) && x.numel() > 0 && kernels::cuda::layer_norm_takes(element_of(x), x.size(-1));
}

at::Tensor layer_norm(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, double eps) {
  const at::Tensor in = x.contiguous();
  at::Tensor out = at::empty_like(in);
  kernels::cuda::LayerNormParams p{};
  p.element = element_of(in);
  p.x = in.const_data_ptr();
  p.weight = weight.const_data_ptr();
  p.bias = bias.const_data_ptr();
  p.out = out.data_ptr();
  p.rows = in.numel() / in.size(-1);
  p.channels = static_cast<int>(in.size(-1));
  p.eps = static_cast<float>(eps);
  C10_CUDA_CHECK(kernels::cuda::layer_norm(p, at::cuda::getCurrentCUDAStream()));
  return out;
}

// ---- pointwise ----------------------------------------------------------------------------------------------------------------------

bool takes_pointwise(const at::Tensor& like, int64_t rows, int64_t channels) {
  return like.is_cuda() && is_element(like) && like.numel() > 0 && kernels::cuda::pointwise_takes(element_of(like), rows, channels);
}

at::Tensor geglu(const at::Tensor& halves) {
  const at::Tensor in = halves.contiguous();
  const int64_t rows = in.size(0);
  const int64_t channels = in.size(1) / 2;
  at::Tensor out = at::empty({rows, channels}, in.options());
  C10_CUDA_CHECK(
      kernels::cuda::geglu({element_of(in), in.const_data_ptr(), out.data_ptr(), rows, channels}, at::cuda::getCurrentCUDAStream()));
  return out;
}

at::Tensor add(const Biased& x, const at::Tensor& y) {
  const at::Tensor a = channels_innermost(x.value);
  const at::Tensor b = channels_innermost(y);
  at::Tensor out = at::empty_like(b);
  C10_CUDA_CHECK(kernels::cuda::add_bias(
      {element_of(a), a.const_data_ptr(), b.const_data_ptr(), x.bias.const_data_ptr(), out.data_ptr(), b.numel() / b.size(1), b.size(1)},
      at::cuda::getCurrentCUDAStream()));
  return out;
}

at::Tensor upsample_nearest(const at::Tensor& x, int64_t height, int64_t width) {
  const at::Tensor in = channels_innermost(x);
  at::Tensor out = at::empty({x.size(0), x.size(1), height, width}, x.options(), at::MemoryFormat::ChannelsLast);
  C10_CUDA_CHECK(kernels::cuda::upsample_nearest(
      {element_of(x), in.const_data_ptr(), out.data_ptr(), x.size(0), x.size(2), x.size(3), height, width, x.size(1)},
      at::cuda::getCurrentCUDAStream()));
  return out;
}

}  // namespace fmk::cuda
