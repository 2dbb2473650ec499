#pragma once

#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include "kernels/attention_params.h"
#include "kernels/cuda/warp.cuh"

/* Elements in registers: read and written N at a time, computed with as f32. */
namespace fmk::kernels::cuda {

template <class T, int N>
struct alignas(sizeof(T) * N) Packed {
  T value[N];
};

__device__ inline float to_float(float x) { return x; }
__device__ inline float to_float(__half x) { return __half2float(x); }
__device__ inline float to_float(__nv_bfloat16 x) { return __bfloat162float(x); }

template <class T>
__device__ inline T from_float(float x) {
  return T(x);
}

/* N elements at `at`, whose address is a multiple of their size. */
template <int N, class T>
__device__ inline void load(const T* at, float (&out)[N]) {
  const Packed<T, N> packed = *reinterpret_cast<const Packed<T, N>*>(at);
#pragma unroll
  for (int i = 0; i < N; ++i) out[i] = to_float(packed.value[i]);
}

template <int N, class T>
__device__ inline void store(T* at, const float (&in)[N]) {
  Packed<T, N> packed;
#pragma unroll
  for (int i = 0; i < N; ++i) packed.value[i] = from_float<T>(in[i]);
  *reinterpret_cast<Packed<T, N>*>(at) = packed;
}

__device__ inline float silu(float x) { return x / (1.0f + __expf(-x)); }

__device__ inline float gelu(float x) { return 0.5f * x * (1.0f + erff(x * 0.70710678118654752f)); }

inline int64_t element_bytes(Element element) { return element == Element::kF32 ? 4 : 2; }

/* Calls f with a value of the element's C++ type. */
template <class F>
cudaError_t with_element(Element element, F&& f) {
  switch (element) {
    case Element::kF32:
      return f(float{});
    case Element::kF16:
      return f(__half{});
    case Element::kBf16:
      return f(__nv_bfloat16{});
  }
  return cudaErrorInvalidValue;
}

}  // namespace fmk::kernels::cuda
