#include "kernels/cuda/attention_common.cuh"
#include "kernels/cuda/self_attention_kernels.h"

/* The same walk over keys as on the matrix units, in f32 multiply-adds: four neighbouring threads share some query rows, each has every
 * fourth group of four channels. */
namespace fmk::kernels::cuda {
namespace {

template <int D>
struct Shape {
  static constexpr int kThreads = 128;
  static constexpr int kQuadRows = D <= 64 ? 4 : 2;
  static constexpr int kQuads = kThreads / 4;
  static constexpr int kRows = kQuads * kQuadRows;
  static constexpr int kKeys = 32;                /* in shared memory */
  static constexpr int kBatch = 8;                /* between two rescalings */
  static constexpr int kGroups = (D / 4 + 3) / 4; /* of four channels, of a thread */
  static constexpr int kWidth = kGroups * 4;      /* of four channels, padded */
};

struct Args {
  Operand q0, k0, q2, k2, v2, out;
  const float* mask;
  RowRuns runs;
  int32_t heads, queries, keys;
  int32_t tiles; /* of a head, at most */
  float scale;
};

__device__ float4 scaled(float4 x, float s) { return {x.x * s, x.y * s, x.z * s, x.w * s}; }
__device__ float4 fused(float s, float4 x, float4 y) {
  return {__fmaf_rn(s, x.x, y.x), __fmaf_rn(s, x.y, y.y), __fmaf_rn(s, x.z, y.z), __fmaf_rn(s, x.w, y.w)};
}

template <int D>
__global__ void __launch_bounds__(Shape<D>::kThreads) self_attention_kernel(const __grid_constant__ Args a) {
  using S = Shape<D>;
  __shared__ float4 key[S::kKeys][S::kWidth];
  __shared__ float4 value[S::kKeys][S::kWidth];
  const int thread = static_cast<int>(threadIdx.x);
  const int quad = thread / 4;
  const int q = thread % 4;

  const int32_t index = static_cast<int32_t>(blockIdx.x) / a.tiles;
  const int32_t frame = index / a.heads;
  const int32_t head = index % a.heads;
  const RunTile tile = tile_of(a.runs.counts[frame], static_cast<int32_t>(blockIdx.x) % a.tiles, S::kRows);
  if (tile.count == 0) return;
  const int64_t frame_rows = static_cast<int64_t>(frame) * a.queries;
  const auto start_of = [&](const Operand& x) { return static_cast<const float*>(x.data) + frame * x.outer + head * x.head; };
  const auto group_of = [&](const float* row, int group) {
    return group * 4 < D ? *reinterpret_cast<const float4*>(row + group * 4) : float4{0.0F, 0.0F, 0.0F, 0.0F};
  };
  int32_t rows[S::kQuadRows];
#pragma unroll
  for (int i = 0; i < S::kQuadRows; ++i) rows[i] = a.runs.rows[frame_rows + tile.first + min(quad + i * S::kQuads, tile.count - 1)];

  for (int pass = 0; pass < 2; ++pass) {
    if (!(pass == 0 ? tile.source : tile.edit)) continue;
    const Operand& queries = pass == 0 ? a.q0 : a.q2;
    const Operand& keys = pass == 0 ? a.k0 : a.k2;
    const float* key_rows = start_of(keys);
    const float* value_rows = start_of(a.v2);

    float4 query[S::kQuadRows][S::kGroups];
    float4 result[S::kQuadRows][S::kGroups] = {};
    float max[S::kQuadRows];
    float sum[S::kQuadRows] = {};
#pragma unroll
    for (int i = 0; i < S::kQuadRows; ++i) {
      max[i] = kMinusInfinity;
#pragma unroll
      for (int g = 0; g < S::kGroups; ++g) query[i][g] = scaled(group_of(start_of(queries) + rows[i] * queries.row, q + 4 * g), a.scale);
    }

    for (int32_t first = 0; first < a.keys; first += S::kKeys) {
      __syncthreads();
      for (int i = thread; i < S::kKeys * S::kWidth; i += S::kThreads) {
        const int row = i / S::kWidth;
        const int group = i % S::kWidth;
        const bool exists = first + row < a.keys;
        key[row][group] = exists ? group_of(key_rows + (first + row) * keys.row, group) : float4{};
        value[row][group] = exists ? group_of(value_rows + (first + row) * a.v2.row, group) : float4{};
      }
      __syncthreads();

      for (int batch = 0; batch < S::kKeys && first + batch < a.keys; batch += S::kBatch) {
        float scores[S::kQuadRows][S::kBatch];
#pragma unroll
        for (int k = 0; k < S::kBatch; ++k) {
          float4 dot[S::kQuadRows] = {};
#pragma unroll
          for (int g = 0; g < S::kGroups; ++g) {
            const float4 x = key[batch + k][q + 4 * g];
#pragma unroll
            for (int i = 0; i < S::kQuadRows; ++i) {
              const float4 y = query[i][g];
              dot[i] = {__fmaf_rn(x.x, y.x, dot[i].x), __fmaf_rn(x.y, y.y, dot[i].y), __fmaf_rn(x.z, y.z, dot[i].z),
                        __fmaf_rn(x.w, y.w, dot[i].w)};
            }
          }
          const bool exists = first + batch + k < a.keys;
#pragma unroll
          for (int i = 0; i < S::kQuadRows; ++i) {
            const float score = quad_sum(dot[i].x + dot[i].y + (dot[i].z + dot[i].w));
            scores[i][k] = exists ? score : kMinusInfinity;
          }
        }
#pragma unroll
        for (int i = 0; i < S::kQuadRows; ++i) {
          float now = max[i];
#pragma unroll
          for (int k = 0; k < S::kBatch; ++k) now = fmaxf(now, scores[i][k]);
          const float rescale = exp2f(max[i] - now);
          max[i] = now;
          sum[i] *= rescale;
#pragma unroll
          for (int g = 0; g < S::kGroups; ++g) result[i][g] = scaled(result[i][g], rescale);
#pragma unroll
          for (int k = 0; k < S::kBatch; ++k) {
            scores[i][k] = exp2f(scores[i][k] - now);
            sum[i] += scores[i][k];
          }
        }
#pragma unroll
        for (int k = 0; k < S::kBatch; ++k) {
#pragma unroll
          for (int g = 0; g < S::kGroups; ++g) {
            const float4 x = value[batch + k][q + 4 * g];
#pragma unroll
            for (int i = 0; i < S::kQuadRows; ++i) result[i][g] = fused(scores[i][k], x, result[i][g]);
          }
        }
      }
    }

    const bool both = tile.source && tile.edit;
#pragma unroll
    for (int i = 0; i < S::kQuadRows; ++i) {
      if (quad + i * S::kQuads >= tile.count) continue;
      float weight = 1.0F;
      if (both) {
        const float m = a.mask[frame_rows + rows[i]];
        weight = pass == 0 ? 1.0F - m : m;
      }
      float* to = static_cast<float*>(a.out.data) + frame * a.out.outer + head * a.out.head + rows[i] * a.out.row;
#pragma unroll
      for (int g = 0; g < S::kGroups; ++g) {
        const int group = q + 4 * g;
        if (group * 4 >= D) continue;
        auto* place = reinterpret_cast<float4*>(to + group * 4);
        const float4 old = both && pass == 1 ? *place : float4{};
        *place = fused(weight / sum[i], result[i][g], old);
      }
    }
  }
}

}  // namespace

cudaError_t self_attention_f32(const SelfAttention& p, cudaStream_t stream) {
  return with_head_dim(p.dim, [&](auto dim) {
    constexpr int kDim = decltype(dim)::value;
    using S = Shape<kDim>;
    const int64_t tiles = most_tiles(p.queries, S::kRows);
    const auto n32 = [](int64_t n) { return static_cast<int32_t>(n); };
    const Args args{p.q0,         p.k0,           p.q2,        p.k2,       p.v2,   p.out, p.mask, runs_in(p.runs, p.frames),
                    n32(p.heads), n32(p.queries), n32(p.keys), n32(tiles), p.scale};
    self_attention_kernel<kDim><<<static_cast<unsigned>(p.frames * p.heads * tiles), S::kThreads, 0, stream>>>(args);
    return cudaGetLastError();
  });
}

}  // namespace fmk::kernels::cuda
