#include <limits>

#include "kernels/cuda/element.cuh"
#include "kernels/cuda/pointwise.h"

/* Bound by memory: 16 bytes a thread and step. */
namespace fmk::kernels::cuda {
namespace {

constexpr int kThreads = 256;

template <class T>
constexpr int kWidth = 16 / static_cast<int>(sizeof(T));

/* One vector a thread, per_row of them in a row of out. */
template <class T>
__global__ void __launch_bounds__(kThreads) geglu_rows(const T* halves, T* out, unsigned vectors, unsigned per_row) {
  constexpr int N = kWidth<T>;
  const unsigned at = blockIdx.x * kThreads + threadIdx.x;
  if (at >= vectors) return;
  const int64_t row = at / per_row;
  const T* hidden = halves + (row * per_row + at) * N; /* row * 2 * per_row + the place in the row */
  float x[N];
  float gate[N];
  load<N>(hidden, x);
  load<N>(hidden + per_row * N, gate);
#pragma unroll
  for (int i = 0; i < N; ++i) x[i] *= gelu(gate[i]);
  store<N>(out + static_cast<int64_t>(at) * N, x);
}

template <class T>
__global__ void __launch_bounds__(kThreads) add_rows(const T* x, const T* y, const T* bias, T* out, unsigned vectors, unsigned per_row) {
  constexpr int N = kWidth<T>;
  const unsigned at = blockIdx.x * kThreads + threadIdx.x;
  if (at >= vectors) return;
  float a[N];
  float b[N];
  float c[N];
  const int64_t first = static_cast<int64_t>(at) * N;
  load<N>(x + first, a);
  load<N>(y + first, b);
  load<N>(bias + at % per_row * N, c);
#pragma unroll
  for (int i = 0; i < N; ++i) a[i] += b[i] + c[i];
  store<N>(out + first, a);
}

template <class T>
__global__ void __launch_bounds__(kThreads) upsample_rows(const T* x, T* out, unsigned vectors, unsigned per_row, unsigned from_height,
                                                          unsigned from_width, unsigned height, unsigned width) {
  using Vector = Packed<T, kWidth<T>>;
  const unsigned at = blockIdx.x * kThreads + threadIdx.x;
  if (at >= vectors) return;
  const unsigned pixel = at / per_row;
  const unsigned row = pixel / width;
  const unsigned from_x = pixel % width * from_width / width;
  const unsigned from_y = row % height * from_height / height;
  const unsigned from = ((row / height * from_height + from_y) * from_width + from_x) * per_row + at % per_row;
  reinterpret_cast<Vector*>(out)[at] = reinterpret_cast<const Vector*>(x)[from];
}

unsigned blocks_for(unsigned vectors) { return (vectors + kThreads - 1) / kThreads; }

}  // namespace

bool pointwise_takes(Element element, int64_t rows, int64_t channels) {
  const int64_t width = 16 / element_bytes(element);
  return channels % width == 0 && rows * (channels / width) <= std::numeric_limits<int32_t>::max();
}

cudaError_t geglu(const GegluParams& p, cudaStream_t stream) {
  return with_element(p.element, [&](auto zero) {
    using T = decltype(zero);
    const auto per_row = static_cast<unsigned>(p.channels / kWidth<T>);
    const auto vectors = static_cast<unsigned>(p.rows) * per_row;
    geglu_rows<T><<<blocks_for(vectors), kThreads, 0, stream>>>(static_cast<const T*>(p.halves), static_cast<T*>(p.out), vectors, per_row);
    return cudaGetLastError();
  });
}

cudaError_t add_bias(const AddBiasParams& p, cudaStream_t stream) {
  return with_element(p.element, [&](auto zero) {
    using T = decltype(zero);
    const auto per_row = static_cast<unsigned>(p.channels / kWidth<T>);
    const auto vectors = static_cast<unsigned>(p.rows) * per_row;
    add_rows<T><<<blocks_for(vectors), kThreads, 0, stream>>>(static_cast<const T*>(p.x), static_cast<const T*>(p.y),
                                                              static_cast<const T*>(p.bias), static_cast<T*>(p.out), vectors, per_row);
    return cudaGetLastError();
  });
}

cudaError_t upsample_nearest(const UpsampleParams& p, cudaStream_t stream) {
  return with_element(p.element, [&](auto zero) {
    using T = decltype(zero);
    const auto per_row = static_cast<unsigned>(p.channels / kWidth<T>);
    const auto vectors = static_cast<unsigned>(p.images * p.height * p.width) * per_row;
    upsample_rows<T><<<blocks_for(vectors), kThreads, 0, stream>>>(
        static_cast<const T*>(p.x), static_cast<T*>(p.out), vectors, per_row, static_cast<unsigned>(p.from_height),
        static_cast<unsigned>(p.from_width), static_cast<unsigned>(p.height), static_cast<unsigned>(p.width));
    return cudaGetLastError();
  });
}

}  // namespace fmk::kernels::cuda
