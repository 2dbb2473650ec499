#pragma once

#include <ATen/core/Tensor.h>

namespace fmk {

/* [B*F,C,h,w] -> [B,C,F,h*w] in channels_last memory; a view when x is channels_last. */
inline at::Tensor frames_together(const at::Tensor& x, int64_t frames) {
  return x.permute({0, 2, 3, 1}).contiguous().view({x.size(0) / frames, frames, x.size(2) * x.size(3), x.size(1)}).permute({0, 3, 1, 2});
}

/* The inverse: [B,C,F,h*w] -> [B*F,C,h,w]. */
inline at::Tensor frames_apart(const at::Tensor& x, int64_t height, int64_t width) {
  return x.permute({0, 2, 3, 1}).contiguous().view({x.size(0) * x.size(2), height, width, x.size(1)}).permute({0, 3, 1, 2});
}

}  // namespace fmk
