#pragma once

#include <cuda_runtime_api.h>

#include "kernels/attention_params.h"

namespace fmk::kernels::cuda {

/*
 * Layer normalisation of tokens: out = norm(x) * weight + bias. x and out [rows,C] contiguous, out may be x; weight and bias [C]; all of
 * one element type. Deterministic.
 */
struct LayerNormParams {
  Element element;
  const void* x;
  const void* weight;
  const void* bias;
  void* out;
  int64_t rows;
  int channels;
  float eps;
};

/* Whether the kernel takes so many channels of that element: a warp holds a row in registers. */
bool layer_norm_takes(Element element, int64_t channels);

/* Errors: those of a kernel launch. */
cudaError_t layer_norm(const LayerNormParams& params, cudaStream_t stream);

}  // namespace fmk::kernels::cuda
