#include "kernels/cuda/element.cuh"
#include "kernels/cuda/layer_norm.h"

/* A warp to a row, which stays in registers: mean and then variance are taken from there. */
namespace fmk::kernels::cuda {
namespace {

constexpr int kWarps = 4; /* of a block */
constexpr int kMostVectors = 10;

template <class T>
constexpr int kWidth = 16 / static_cast<int>(sizeof(T)); /* elements of a vector */

/* V vectors a lane, lane l those at l, l+32, .. */
template <class T, int V>
__global__ void __launch_bounds__(32 * kWarps)
    normalise_rows(const T* x, const T* weight, const T* bias, T* out, int64_t rows, int channels, float eps) {
  constexpr int N = kWidth<T>;
  const int64_t row = static_cast<int64_t>(blockIdx.x) * kWarps + threadIdx.y;
  if (row >= rows) return;
  const int lane = static_cast<int>(threadIdx.x);
  const int64_t start = row * channels;
  float value[V][N];
  float total = 0.0f;
#pragma unroll
  for (int v = 0; v < V; ++v) {
    const int channel = (v * 32 + lane) * N;
#pragma unroll
    for (int i = 0; i < N; ++i) value[v][i] = 0.0f;
    if (channel < channels) load<N>(x + start + channel, value[v]);
  }
#pragma unroll
  for (int v = 0; v < V; ++v) {
#pragma unroll
    for (int i = 0; i < N; ++i) total += value[v][i];
  }
  const float mean = warp_sum(total) / static_cast<float>(channels);
  float squares = 0.0f;
#pragma unroll
  for (int v = 0; v < V; ++v) {
    if ((v * 32 + lane) * N >= channels) continue;
#pragma unroll
    for (int i = 0; i < N; ++i) squares += (value[v][i] - mean) * (value[v][i] - mean);
  }
  const float scale = rsqrtf(warp_sum(squares) / static_cast<float>(channels) + eps);
#pragma unroll
  for (int v = 0; v < V; ++v) {
    const int channel = (v * 32 + lane) * N;
    if (channel >= channels) continue;
    float w[N];
    float b[N];
    load<N>(weight + channel, w);
    load<N>(bias + channel, b);
#pragma unroll
    for (int i = 0; i < N; ++i) value[v][i] = (value[v][i] - mean) * scale * w[i] + b[i];
    store<N>(out + start + channel, value[v]);
  }
}

template <class T, int V>
cudaError_t launch(const LayerNormParams& p, int vectors, cudaStream_t stream) {
  if constexpr (V < kMostVectors) {
    if (vectors > V) return launch<T, V + 1>(p, vectors, stream);
  }
  const auto blocks = static_cast<unsigned>((p.rows + kWarps - 1) / kWarps);
  normalise_rows<T, V><<<blocks, dim3(32, kWarps), 0, stream>>>(static_cast<const T*>(p.x), static_cast<const T*>(p.weight),
                                                                static_cast<const T*>(p.bias), static_cast<T*>(p.out), p.rows, p.channels,
                                                                p.eps);
  return cudaGetLastError();
}

int64_t vectors_of(Element element, int64_t channels) {
  const int64_t lane_row = 32 * 16 / element_bytes(element);
  return (channels + lane_row - 1) / lane_row;
}

}  // namespace

bool layer_norm_takes(Element element, int64_t channels) {
  return channels % (16 / element_bytes(element)) == 0 && vectors_of(element, channels) <= kMostVectors;
}

cudaError_t layer_norm(const LayerNormParams& params, cudaStream_t stream) {
  return with_element(params.element, [&](auto zero) {
    using T = decltype(zero);
    return launch<T, 1>(params, static_cast<int>(vectors_of(params.element, params.channels)), stream);
  });
}

}  // namespace fmk::kernels::cuda
