#include <algorithm>
#include <numeric>
#include <type_traits>

#include "kernels/cuda/element.cuh"
#include "kernels/cuda/group_norm.h"

/*
 * Two launches. The first sums each group over a chunk of an image's rows; the second adds the chunks up in every block that needs them,
 * which is cheaper than a launch of its own, and normalises. x is read twice and out written once. A thread keeps to its N channels, the
 * threads of a row lie side by side, and a block works on several rows at a time.
 *
 * Sums are taken about a pivot, the group's first value: the variance is then a difference of numbers of its own size.
 */
namespace fmk::kernels::cuda {
namespace {

constexpr int kMostThreads = 640;
constexpr int kThreads = 320;        /* about: a whole number of rows */
constexpr int64_t kChunks = 384;     /* blocks of the first launch, about: a few for each multiprocessor */
constexpr int64_t kMostChunks = 128; /* of one image: each block of the second launch reads them all */
constexpr int64_t kFewestRows = 8;   /* of a chunk */
constexpr int64_t kParts = 768;      /* blocks of the second launch, about */
constexpr int kUnroll = 4;

int64_t chunks_of(int64_t images, int64_t rows) {
  const int64_t wanted = std::min(kMostChunks, (kChunks + images - 1) / images);
  return std::max<int64_t>(1, std::min(wanted, rows / kFewestRows));
}

int vector_of(Element element, int64_t channels) {
  int n = static_cast<int>(16 / element_bytes(element));
  while (channels % n != 0) n /= 2;
  return n;
}

/* Fewest rows of so many threads that are whole warps. */
int whole_warps(int vectors) { return 32 / std::gcd(vectors, 32); }

template <class T, int N>
struct Channels {
  int first; /* of this thread's N */
  float shift[N];

  __device__ Channels(const T* shifts, int thread) : first(thread * N) {
#pragma unroll
    for (int i = 0; i < N; ++i) shift[i] = 0.0f;
    if (shifts != nullptr) load<N>(shifts + first, shift);
  }
};

template <class T>
__device__ float pivot_of(const T* image, const T* shift, int channel) {
  return to_float(image[channel]) + (shift == nullptr ? 0.0f : to_float(shift[channel]));
}

/* grid (chunks, images), block (C/N, R); shared: 2 * C * R floats. partial [images,chunks,G] of (sum, sum of squares) */
template <class T, int N>
__global__ void __launch_bounds__(kMostThreads)
    sum_groups(const T* x, const T* shift, float2* partial, int64_t rows, int64_t rows_per_chunk, int channels, int groups) {
  extern __shared__ float shared[];
  const int per_group = channels / groups;
  const T* image = x + blockIdx.y * rows * channels;
  const Channels<T, N> mine(shift, static_cast<int>(threadIdx.x));
  float offset[N];
  float sum[N] = {};
  float squares[N] = {};
#pragma unroll
  for (int i = 0; i < N; ++i) {
    const int channel = mine.first + i;
    offset[i] = mine.shift[i] - pivot_of(image, shift, channel - channel % per_group);
  }
  const int64_t begin = blockIdx.x * rows_per_chunk;
  const int64_t end = min(rows, begin + rows_per_chunk);
  int64_t row = begin + threadIdx.y;
  const int step = static_cast<int>(blockDim.y);
  const auto add = [&](const float(&value)[N]) {
#pragma unroll
    for (int i = 0; i < N; ++i) {
      const float d = value[i] + offset[i];
      sum[i] += d;
      squares[i] += d * d;
    }
  };
  for (; row + (kUnroll - 1) * step < end; row += kUnroll * step) {
    float value[kUnroll][N];
#pragma unroll
    for (int u = 0; u < kUnroll; ++u) load<N>(image + (row + u * step) * channels + mine.first, value[u]);
#pragma unroll
    for (int u = 0; u < kUnroll; ++u) add(value[u]);
  }
  for (; row < end; row += step) {
    float value[N];
    load<N>(image + row * channels + mine.first, value);
    add(value);
  }

  float* sums = shared;                                /* [R,C] */
  float* square_sums = shared + blockDim.y * channels; /* [R,C] */
#pragma unroll
  for (int i = 0; i < N; ++i) {
    sums[threadIdx.y * channels + mine.first + i] = sum[i];
    square_sums[threadIdx.y * channels + mine.first + i] = squares[i];
  }
  __syncthreads();
  const int thread = static_cast<int>(threadIdx.y * blockDim.x + threadIdx.x);
  const int threads = static_cast<int>(blockDim.x * blockDim.y);
  const int count = per_group * static_cast<int>(blockDim.y);
  /* A warp for each group; blocks are whole warps. */
  for (int group = thread / 32; group < groups; group += threads / 32) {
    float s = 0.0f;
    float q = 0.0f;
    for (int i = thread % 32; i < count; i += 32) {
      const int at = i / per_group * channels + group * per_group + i % per_group;
      s += sums[at];
      q += square_sums[at];
    }
    s = warp_sum(s);
    q = warp_sum(q);
    if (thread % 32 == 0) partial[(static_cast<int64_t>(blockIdx.y) * gridDim.x + blockIdx.x) * groups + group] = make_float2(s, q);
  }
}

/* Where a row of the result goes. */
template <class T, int N>
struct Rows {
  T* out; /* of the image */
  int channels;

  __device__ void put(int64_t row, int first, const float (&value)[N]) const { store<N>(out + row * channels + first, value); }
};

/* To its own frame, to the frame after and to the frame before; the ends have zeros for the frames that are not there. */
template <class T, int N>
struct FrameRows {
  T* out; /* of the image: [F,P,3,C] */
  int channels;
  int64_t rows;       /* F*P */
  int64_t frame_rows; /* P */

  __device__ void put(int64_t row, int first, const float (&value)[N]) const {
    const float zeros[N] = {};
    T* here = out + row * 3 * channels + first;
    const int64_t frame = frame_rows * 3 * channels;
    store<N>(here + channels, value);
    if (row + frame_rows < rows) {
      store<N>(here + frame, value);
    } else {
      store<N>(here + 2 * channels, zeros);
    }
    if (row >= frame_rows) {
      store<N>(here - frame + 2 * channels, value);
    } else {
      store<N>(here, zeros);
    }
  }
};

/* grid (parts, images), block (C/N, R); shared: 2 * G floats */
template <class T, int N, bool kSilu, bool kFrames>
__global__ void __launch_bounds__(kMostThreads)
    normalise(const T* x, const T* shift, const T* weight, const T* bias, const float2* partial, T* out, int64_t rows,
              int64_t rows_per_part, int64_t frame_rows, int chunks, int channels, int groups, float eps) {
  extern __shared__ float shared[];
  float* means = shared;
  float* scales = shared + groups;
  const int per_group = channels / groups;
  const int64_t start = blockIdx.y * rows * channels;
  const T* image = x + start;
  using Target = std::conditional_t<kFrames, FrameRows<T, N>, Rows<T, N>>;
  Target target;
  if constexpr (kFrames) {
    target = {out + 3 * start, channels, rows, frame_rows};
  } else {
    target = {out + start, channels};
  }
  const int thread = static_cast<int>(threadIdx.y * blockDim.x + threadIdx.x);
  const int threads = static_cast<int>(blockDim.x * blockDim.y);
  const float count = static_cast<float>(rows) * static_cast<float>(per_group);
  for (int group = thread / 32; group < groups; group += threads / 32) {
    float s = 0.0f;
    float q = 0.0f;
    for (int chunk = thread % 32; chunk < chunks; chunk += 32) {
      const float2 p = partial[(static_cast<int64_t>(blockIdx.y) * chunks + chunk) * groups + group];
      s += p.x;
      q += p.y;
    }
    s = warp_sum(s) / count;
    q = warp_sum(q) / count;
    if (thread % 32 == 0) {
      means[group] = pivot_of(image, shift, group * per_group) + s;
      scales[group] = rsqrtf(fmaxf(q - s * s, 0.0f) + eps);
    }
  }
  const Channels<T, N> mine(shift, static_cast<int>(threadIdx.x));
  float scale[N];
  float offset[N];
  load<N>(weight + mine.first, scale);
  load<N>(bias + mine.first, offset);
  __syncthreads();
#pragma unroll
  for (int i = 0; i < N; ++i) {
    const int group = (mine.first + i) / per_group;
    scale[i] *= scales[group];
    offset[i] += (mine.shift[i] - means[group]) * scale[i];
  }
  const auto apply = [&](float(&value)[N]) {
#pragma unroll
    for (int i = 0; i < N; ++i) {
      value[i] = value[i] * scale[i] + offset[i];
      if (kSilu) value[i] = silu(value[i]);
    }
  };
  const int64_t end = min(rows, (blockIdx.x + 1) * rows_per_part);
  int64_t row = blockIdx.x * rows_per_part + threadIdx.y;
  const int step = static_cast<int>(blockDim.y);
  for (; row + (kUnroll - 1) * step < end; row += kUnroll * step) {
    float value[kUnroll][N];
#pragma unroll
    for (int u = 0; u < kUnroll; ++u) load<N>(image + (row + u * step) * channels + mine.first, value[u]);
#pragma unroll
    for (int u = 0; u < kUnroll; ++u) {
      apply(value[u]);
      target.put(row + u * step, mine.first, value[u]);
    }
  }
  for (; row < end; row += step) {
    float value[N];
    load<N>(image + row * channels + mine.first, value);
    apply(value);
    target.put(row, mine.first, value);
  }
}

template <class T, int N>
cudaError_t launch(const GroupNormParams& p, cudaStream_t stream) {
  const int vectors = p.channels / N;
  const int unit = whole_warps(vectors);
  int rows_at_a_time = unit;
  while (vectors * (rows_at_a_time + unit) <= kThreads) rows_at_a_time += unit;
  const dim3 block(static_cast<unsigned>(vectors), static_cast<unsigned>(rows_at_a_time));

  const int64_t chunks = chunks_of(p.images, p.rows);
  const int64_t rows_per_chunk = (p.rows + chunks - 1) / chunks;
  const T* x = static_cast<const T*>(p.x);
  const T* shift = static_cast<const T*>(p.shift);
  auto* partial = reinterpret_cast<float2*>(p.partial);
  const auto images = static_cast<unsigned>(p.images);
  const size_t sums = 2 * sizeof(float) * static_cast<size_t>(p.channels) * static_cast<size_t>(rows_at_a_time);
  const auto summing = sum_groups<T, N>;
  if (sums > 48 * 1024) {
    const cudaError_t status = cudaFuncSetAttribute(summing, cudaFuncAttributeMaxDynamicSharedMemorySize, static_cast<int>(sums));
    if (status != cudaSuccess) return status;
  }
  summing<<<dim3(static_cast<unsigned>(chunks), images), block, sums, stream>>>(x, shift, partial, p.rows, rows_per_chunk, p.channels,
                                                                                p.groups);
  const cudaError_t status = cudaGetLastError();
  if (status != cudaSuccess) return status;

  const int64_t steps = (p.rows + rows_at_a_time - 1) / rows_at_a_time;
  const int64_t wanted = std::max<int64_t>(1, kParts / p.images);
  const int64_t steps_per_part = std::max<int64_t>((steps + wanted - 1) / wanted, std::min<int64_t>(steps, kUnroll));
  const int64_t parts = (steps + steps_per_part - 1) / steps_per_part;
  auto normalising = p.silu ? normalise<T, N, true, false> : normalise<T, N, false, false>;
  if (p.frame_rows > 0) normalising = normalise<T, N, true, true>;
  normalising<<<dim3(static_cast<unsigned>(parts), images), block, 2 * sizeof(float) * static_cast<size_t>(p.groups), stream>>>(
      x, shift, static_cast<const T*>(p.weight), static_cast<const T*>(p.bias), partial, static_cast<T*>(p.out), p.rows,
      steps_per_part * rows_at_a_time, p.frame_rows, static_cast<int>(chunks), p.channels, p.groups, p.eps);
  return cudaGetLastError();
}

}  // namespace

bool group_norm_takes(Element element, int64_t channels) {
  const int64_t vectors = channels / vector_of(element, channels);
  return vectors <= kMostThreads && vectors * whole_warps(static_cast<int>(vectors)) <= kMostThreads;
}

int64_t group_norm_scratch(int64_t images, int64_t rows, int64_t groups) { return 2 * images * chunks_of(images, rows) * groups; }

cudaError_t group_norm(const GroupNormParams& params, cudaStream_t stream) {
  const int n = vector_of(params.element, params.channels);
  return with_element(params.element, [&](auto zero) {
    using T = decltype(zero);
    switch (n) {
      case 8:
        if constexpr (sizeof(T) == 2) return launch<T, 8>(params, stream);
        break;
      case 4:
        return launch<T, 4>(params, stream);
      case 2:
        return launch<T, 2>(params, stream);
      case 1:
        return launch<T, 1>(params, stream);
    }
    return cudaErrorInvalidValue;
  });
}

}  // namespace fmk::kernels::cuda
