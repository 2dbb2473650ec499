#pragma once

#include <cuda_runtime_api.h>

#include <type_traits>

#include "kernels/cuda/row_runs.cuh"
#include "kernels/cuda/self_attention.h"

/* The kernels behind self_attention(): each takes the runs that find_runs() has written and launches once, or once for many frames. */
namespace fmk::kernels::cuda {

/* f16 and bf16, compute capability 9.0. */
cudaError_t self_attention_hopper(const SelfAttention& p, cudaStream_t stream);

/* f16 and bf16, compute capability 8.0 and later. */
cudaError_t self_attention_ampere(const SelfAttention& p, cudaStream_t stream);

/* f32, any device. */
cudaError_t self_attention_f32(const SelfAttention& p, cudaStream_t stream);

/* Calls f with std::integral_constant<int, D> of a dimension of self_head_dim(). */
template <typename F>
cudaError_t with_head_dim(int64_t dim, const F& f) {
  switch (dim) {
    case 32:
      return f(std::integral_constant<int, 32>{});
    case 40:
      return f(std::integral_constant<int, 40>{});
    case 64:
      return f(std::integral_constant<int, 64>{});
    case 80:
      return f(std::integral_constant<int, 80>{});
    case 128:
      return f(std::integral_constant<int, 128>{});
    case 160:
      return f(std::integral_constant<int, 160>{});
    default:
      return cudaErrorInvalidValue;
  }
}

}  // namespace fmk::kernels::cuda
