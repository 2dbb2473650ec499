#pragma once

#include <cuda_runtime_api.h>

#include "kernels/attention_params.h"

namespace fmk::kernels::cuda {

/* Whether the kernels below take out [rows,C]: rows are whole vectors of 16 bytes, and there are fewer than 2^31 of them. */
bool pointwise_takes(Element element, int64_t rows, int64_t channels);

/*
 * out = hidden * gelu(gate), with the exact gelu. halves [rows,2C] contiguous, hidden first; out [rows,C] contiguous.
 */
struct GegluParams {
  Element element;
  const void* halves;
  void* out;
  int64_t rows;
  int64_t channels;
};

cudaError_t geglu(const GegluParams& params, cudaStream_t stream);

/*
 * out = x + y + bias by channel. x, y and out [rows,C] contiguous, out may be x or y; bias [C].
 */
struct AddBiasParams {
  Element element;
  const void* x;
  const void* y;
  const void* bias;
  void* out;
  int64_t rows;
  int64_t channels;
};

cudaError_t add_bias(const AddBiasParams& params, cudaStream_t stream);

/* out pixel (y,x) = in pixel (floor(y * h / H), floor(x * w / W)). x [images,h,w,C] and out [images,H,W,C] contiguous. */
struct UpsampleParams {
  Element element;
  const void* x;
  void* out;
  int64_t images;
  int64_t from_height, from_width;
  int64_t height, width;
  int64_t channels;
};

cudaError_t upsample_nearest(const UpsampleParams& params, cudaStream_t stream);

}  // namespace fmk::kernels::cuda
