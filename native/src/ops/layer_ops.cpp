#include "ops/layer_ops.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/add.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/group_norm.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/silu.h>
#include <ATen/ops/upsample_nearest2d.h>

#include "core/error.h"
#ifdef FMK_WITH_CUDA
#include "ops/layer_ops_cuda.h"
#endif

namespace fmk {
namespace {

at::Tensor complete(const Biased& x) { return x.bias.defined() ? x.value + x.bias.view({1, -1, 1, 1}) : x.value; }

}  // namespace

Biased conv2d(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, at::IntArrayRef stride, at::IntArrayRef padding) {
  if (x.is_cuda()) return {at::conv2d(x, weight, {}, stride, padding), bias};
  return {at::conv2d(x, weight, bias, stride, padding), {}};
}

at::Tensor add(const Biased& x, const at::Tensor& y) {
#ifdef FMK_WITH_CUDA
  if (x.bias.defined() && cuda::takes_pointwise(y, y.numel() / y.size(1), y.size(1))) return cuda::add(x, y);
#endif
  return complete(x) + y;
}

at::Tensor upsample_nearest(const at::Tensor& x, int64_t height, int64_t width) {
#ifdef FMK_WITH_CUDA
  if (cuda::takes_pointwise(x, x.size(0) * height * width, x.size(1))) return cuda::upsample_nearest(x, height, width);
#endif
  return at::upsample_nearest2d(x, {height, width});
}

at::Tensor group_norm(const Biased& x, int64_t groups, const at::Tensor& weight, const at::Tensor& bias, double eps, bool silu) {
#ifdef FMK_WITH_CUDA
  if (cuda::takes_group_norm(x.value)) return cuda::group_norm(x, groups, weight, bias, eps, silu);
#endif
  at::Tensor y = at::group_norm(complete(x), groups, weight, bias, eps);
  return silu ? at::silu_(y) : y;
}

bool takes_frame_product([[maybe_unused]] const at::Tensor& x) {
#ifdef FMK_WITH_CUDA
  /* cuDNN's kernel for such convolutions reaches a third of a product's rate; with few channels the wider rows cost what that gains. */
  constexpr int64_t kFewestChannels = 512;
  return x.size(1) >= kFewestChannels && cuda::takes_group_norm(x);
#else
  return false;
#endif
}

at::Tensor group_norm_frames([[maybe_unused]] const Biased& x, [[maybe_unused]] int64_t groups, [[maybe_unused]] const at::Tensor& weight,
                             [[maybe_unused]] const at::Tensor& bias, [[maybe_unused]] double eps) {
#ifdef FMK_WITH_CUDA
  return cuda::group_norm_frames(x, groups, weight, bias, eps);
#else
  fail(FMK_STATUS_INTERNAL, "group_norm_frames needs CUDA");
#endif
}

at::Tensor layer_norm(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, double eps) {
#ifdef FMK_WITH_CUDA
  if (cuda::takes_layer_norm(x)) return cuda::layer_norm(x, weight, bias, eps);
#endif
  return at::layer_norm(x, weight.sizes(), weight, bias, eps);
}

at::Tensor geglu(const at::Tensor& halves) {
#ifdef FMK_WITH_CUDA
  if (cuda::takes_pointwise(halves, halves.size(0), halves.size(1) / 2)) return cuda::geglu(halves);
#endif
  const std::vector<at::Tensor> parts = halves.chunk(2, -1);
  return at::gelu(parts[1]).mul_(parts[0]);
}

void linear_add(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, const at::Tensor& residual, const at::Tensor& out) {
#ifdef FMK_WITH_CUDA
  if (x.is_cuda()) return cuda::linear_add(x, weight, bias, residual, out);
#endif
  at::Tensor result = out;
  at::add_out(result, at::linear(x, weight, bias), residual);
}

}  // namespace fmk
