#pragma once

#include <cuda_runtime_api.h>

#include "kernels/attention_params.h"

namespace fmk::kernels::cuda {

/*
 * Group normalisation of images whose channels lie next to each other, with what a convolution leaves to do before it and SiLU after it:
 * out = act(norm(x + shift) * weight + bias), the norm over the rows and the C/G channels of a group of one image.
 *
 * x and out [images,rows,C] contiguous; shift, weight and bias [C]; all of one element type. Deterministic.
 */
struct GroupNormParams {
  Element element;
  const void* x;
  const void* shift; /* or nullptr: 0 */
  const void* weight;
  const void* bias;
  void* out;
  float* partial; /* scratch: group_norm_scratch() floats */
  int64_t images; /* 1 to 65535 */
  int64_t rows;   /* 1 or more */
  int channels;
  int groups; /* divides channels */
  float eps;
  bool silu;
  /* P, for the convolution over three frames that follows: an image is F frames of P rows, SiLU is applied, and out is [images,F,P,3,C], a
   * row of the frame before, of this frame and of the next side by side, zeros where there is no frame. 0: none of that. */
  int64_t frame_rows;
};

/* Whether the kernel takes so many channels of that element: a block holds a row. */
bool group_norm_takes(Element element, int64_t channels);

int64_t group_norm_scratch(int64_t images, int64_t rows, int64_t groups);

/* Errors: those of a kernel launch. */
cudaError_t group_norm(const GroupNormParams& params, cudaStream_t stream);

}  // namespace fmk::kernels::cuda
