#pragma once

#include <ATen/core/Tensor.h>

/*
 * The operations that layers are made of. Each is a function of libtorch's, or what several of them in a row compute; on a CUDA device a
 * kernel (kernels/cuda) does it in one pass over memory, where it takes the sizes. Images [B,C,H,W] are in channels_last memory.
 */
namespace fmk {

/* A convolution's output whose bias has yet to be added: on a CUDA device that is a pass over memory of its own, which the operation that
 * comes next can do for nothing. */
struct Biased {
  at::Tensor value; /* [B,C,H,W] */
  at::Tensor bias;  /* [C]; undefined = 0 */
};

/* padding and stride by dimension */
Biased conv2d(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, at::IntArrayRef stride, at::IntArrayRef padding);

/* x + y [B,C,H,W] */
at::Tensor add(const Biased& x, const at::Tensor& y);

/* Each pixel of the result is the pixel of x at the same relative place: [B,C,h,w] -> [B,C,H,W] */
at::Tensor upsample_nearest(const at::Tensor& x, int64_t height, int64_t width);

/* The norm of each image over groups of channels, then SiLU if asked for. weight and bias [C] -> [B,C,H,W] */
at::Tensor group_norm(const Biased& x, int64_t groups, const at::Tensor& weight, const at::Tensor& bias, double eps, bool silu);

/* Whether a 3x1 convolution over frames of x [B,C,F,P] is faster as a product over the rows of group_norm_frames. */
bool takes_frame_product(const at::Tensor& x);

/* SiLU of the norm, each pixel beside itself in the frame before and in the next: x [B,C,F,P] -> [B,F*P,3*C], zeros where there is no
 * frame. */
at::Tensor group_norm_frames(const Biased& x, int64_t groups, const at::Tensor& weight, const at::Tensor& bias, double eps);

/* The norm over the channels of each token. x [..,C], weight and bias [C] -> [..,C] */
at::Tensor layer_norm(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, double eps);

/* The first half of the channels times the exact GELU of the second: [R,2C] -> [R,C] */
at::Tensor geglu(const at::Tensor& halves);

/* out = x weight^T + bias + residual. x [..,in], weight [out,in], bias [out] or undefined, residual and out [..,out] contiguous */
void linear_add(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, const at::Tensor& residual, const at::Tensor& out);

}  // namespace fmk
