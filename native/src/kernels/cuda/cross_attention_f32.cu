#include "kernels/cuda/cross_attention.cuh"
#include "kernels/cuda/warp.cuh"

/*
 * Cross attention of f32 values, without matrix units: those round f32 to 10 bits. A warp computes a row at a time; its lanes are the
 * tokens of the first products and the channels of the last.
 */
namespace fmk::kernels::cuda {
namespace {

constexpr int kWarps = 4;    /* of a block */
constexpr int kTokens = 4;   /* of a lane: 128 */
constexpr int kChannels = 5; /* of a lane: 160 */
constexpr int kRows = 8;     /* of a warp, one after the other */

struct Row {
  const CrossAttention& p;
  const CrossItem& item;
  int64_t frame;
  int64_t head;
  int64_t n;
  int lane;

  __device__ float* at(const Operand& x, int64_t row) const {
    return static_cast<float*>(x.data) + frame * x.outer + head * x.head + row * x.row;
  }

  /* softmax(q k^T): a lane gets the tokens lane, lane + 32, .. */
  __device__ void probabilities(const Operand& q, const Operand& k, float (&result)[kTokens]) const {
    const auto* query = reinterpret_cast<const float4*>(at(q, n));
    float most = -INFINITY;
#pragma unroll
    for (int i = 0; i < kTokens; ++i) {
      result[i] = -INFINITY;
      if (lane + 32 * i >= p.tokens) continue;
      const auto* key = reinterpret_cast<const float4*>(at(k, lane + 32 * i));
      float dot = 0.0F;
      for (int c = 0; c < p.dim / 4; ++c) {
        const float4 a = query[c];
        const float4 b = key[c];
        dot += a.x * b.x + a.y * b.y + a.z * b.z + a.w * b.w;
      }
      result[i] = dot * p.scale;
      most = fmaxf(most, result[i]);
    }
    most = warp_max(most);
    float sum = 0.0F;
#pragma unroll
    for (int i = 0; i < kTokens; ++i) {
      result[i] = exp2f(result[i] - most);
      sum += result[i];
    }
    sum = warp_sum(sum);
#pragma unroll
    for (int i = 0; i < kTokens; ++i) result[i] /= sum;
  }

  /* Word maps. As in cross_attention.cuh: multiples of a step, so that the heads' sum does not depend on their order. */
  __device__ void capture(float* maps, const float (&p2)[kTokens]) const {
    constexpr float kStep = 0x1p-22F;
    for (int g = 0; g < p.groups; ++g) {
      float sum = 0.0F;
      for (int w = 0; w < p.group_sizes[g]; ++w) {
        const int64_t token = p.group_tokens[g][w];
#pragma unroll
        for (int i = 0; i < kTokens; ++i) sum += token == lane + 32 * i ? p2[i] : 0.0F;
      }
      const float share = rintf(warp_sum(sum) / (kStep * static_cast<float>(p.heads))) * kStep;
      if (lane == 0) atomicAdd(maps + (g * p.frames + frame) * p.queries + n, share);
    }
  }

  /* p2 becomes B; x is [128] of the warp's own. */
  __device__ void control(float (&p2)[kTokens], float* x) const {
    const float mask = item.mask == nullptr ? 0.0F : item.mask[frame * p.queries + n];
    float y[kTokens];
    if (mask < 1) {
      probabilities(item.q0, item.k0, y);
#pragma unroll
      for (int i = 0; i < kTokens; ++i) y[i] = p.blend_first ? mask * p2[i] + (1 - mask) * y[i] : y[i];
    } else {
#pragma unroll
      for (int i = 0; i < kTokens; ++i) y[i] = p2[i];
    }
    if (p.matrix != nullptr) {
#pragma unroll
      for (int i = 0; i < kTokens; ++i) {
        x[lane + 32 * i] = y[i];
        y[i] = 0.0F;
      }
      __syncwarp();
      for (int w = 0; w < p.tokens; ++w) {
#pragma unroll
        for (int i = 0; i < kTokens; ++i) {
          if (lane + 32 * i < p.tokens) y[i] += x[w] * p.matrix[w * p.tokens + lane + 32 * i];
        }
      }
      __syncwarp();
    }
#pragma unroll
    for (int i = 0; i < kTokens; ++i) {
      const int token = lane + 32 * i;
      if (token >= p.tokens) continue;
      const auto value = [&](const float* of) { return of == nullptr ? 1.0F : of[token]; };
      const float alpha = value(p.alpha);
      const float scaled = alpha * value(p.equalizer);
      const float w = scaled * value(p.weights) * (p.blend_first ? 1.0F : 1 - mask);
      p2[i] = w * y[i] + (scaled + (1 - alpha) - w) * p2[i];
    }
  }

  __device__ void multiply_values(const float (&p2)[kTokens], const Operand& values, const Operand& result) const {
    float out[kChannels] = {};
#pragma unroll
    for (int i = 0; i < kTokens; ++i) {
      for (int w = 0; w < 32 && w + 32 * i < p.tokens; ++w) {
        const float weight = __shfl_sync(~0U, p2[i], w);
        const float* v = at(values, w + 32 * i);
#pragma unroll
        for (int c = 0; c < kChannels; ++c) {
          if (lane + 32 * c < p.dim) out[c] += weight * v[lane + 32 * c];
        }
      }
    }
    float* to = at(result, n);
#pragma unroll
    for (int c = 0; c < kChannels; ++c) {
      if (lane + 32 * c < p.dim) to[lane + 32 * c] = out[c];
    }
  }
};

/* Blocks: runs of kWarps x kRows rows, of a head, of a frame, of an item. */
__global__ void __launch_bounds__(32 * kWarps) cross_f32_kernel(const __grid_constant__ CrossAttention p, int64_t runs) {
  __shared__ float x[kWarps][32 * kTokens];
  const int warp = static_cast<int>(threadIdx.x) / 32;
  int64_t at = blockIdx.x;
  const int64_t run = at % runs;
  at /= runs;
  const int64_t head = at % p.heads;
  at /= p.heads;
  const CrossItem& item = p.item[at / p.frames];
  for (int r = 0; r < kRows; ++r) {
    const int64_t n = (run * kRows + r) * kWarps + warp;
    if (n >= p.queries) return;
    const Row row{p, item, at % p.frames, head, n, static_cast<int>(threadIdx.x) % 32};
    float p2[kTokens];
    if (item.controlled && item.out0.data != nullptr) {
      row.probabilities(item.q0, item.k0, p2);
      if (item.maps0 != nullptr) row.capture(item.maps0, p2);
      row.multiply_values(p2, item.v0, item.out0);
    }
    row.probabilities(item.q, item.k, p2);
    if (item.maps != nullptr) row.capture(item.maps, p2);
    if (item.controlled) row.control(p2, x[warp]);
    row.multiply_values(p2, item.v, item.out);
  }
}

}  // namespace

cudaError_t cross_attention_f32(const CrossAttention& p, cudaStream_t stream) {
  const int64_t runs = (p.queries + kWarps * kRows - 1) / (kWarps * kRows);
  const int64_t blocks = p.items * p.frames * p.heads * runs;
  cross_f32_kernel<<<static_cast<unsigned>(blocks), 32 * kWarps, 0, stream>>>(p, runs);
  return cudaGetLastError();
}

}  // namespace fmk::kernels::cuda
