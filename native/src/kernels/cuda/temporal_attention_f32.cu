#include "kernels/cuda/temporal_attention.cuh"
#include "kernels/cuda/warp.cuh"

/*
 * Temporal attention of f32 values, without matrix units: those round f32 to 10 bits. A warp computes a pixel's head, one query at a time;
 * its lanes are the keys of the first product and the channels of the second.
 */
namespace fmk::kernels::cuda {
namespace {

constexpr int kKeys = 2;     /* of a lane: 64 frames */
constexpr int kChannels = 5; /* of a lane: 160 */

struct Head {
  const TemporalAttention& p;
  int64_t sequence;
  int64_t head;

  __device__ float* row(const Operand& x, int frame) const {
    return static_cast<float*>(x.data) + sequence * x.outer + head * x.head + frame * x.row;
  }
  __device__ float edit_at(int frame) const {
    if (p.mask == nullptr) return 0.0F;
    const float m = p.mask[sequence * p.mask_sequence + frame * p.mask_frame];
    return p.edit_inside ? m : 1 - m;
  }
  /* Four channels of a row that mixes the source's and the edit's; what has no share is not read. */
  __device__ float4 mixed(const Operand& source, const Operand& edit, float share, int frame, int channel) const {
    const auto load = [&](const Operand& x) { return *reinterpret_cast<const float4*>(row(x, frame) + channel); };
    if (share >= 1) return load(edit);
    if (share <= 0) return load(source);
    const float4 x = load(edit);
    const float4 y = load(source);
    const float rest = 1 - share;
    return {share * x.x + rest * y.x, share * x.y + rest * y.y, share * x.z + rest * y.z, share * x.w + rest * y.w};
  }

  /* softmax(q k^T) of one query: a lane gets the probabilities of the keys lane and lane + 32. Each row of Q and K takes the share of the
   * edit that share_of tells. */
  template <typename Share>
  __device__ void probabilities(int query, const Share& share_of, float (&result)[kKeys]) const {
    const int lane = static_cast<int>(threadIdx.x) % 32;
    const float query_share = share_of(query);
    float most = -INFINITY;
#pragma unroll
    for (int i = 0; i < kKeys; ++i) {
      const int key = lane + 32 * i;
      result[i] = -INFINITY;
      if (key < p.frames) {
        const float key_share = share_of(key);
        float dot = 0.0F;
        for (int c = 0; c < p.dim; c += 4) {
          const float4 a = mixed(p.q0, p.q2, query_share, query, c);
          const float4 b = mixed(p.k0, p.k2, key_share, key, c);
          dot += a.x * b.x + a.y * b.y + a.z * b.z + a.w * b.w;
        }
        result[i] = dot * p.scale;
      }
      most = fmaxf(most, result[i]);
    }
    most = warp_max(most);
    float sum = 0.0F;
#pragma unroll
    for (int i = 0; i < kKeys; ++i) {
      result[i] = exp2f(result[i] - most);
      sum += result[i];
    }
    sum = warp_sum(sum);
#pragma unroll
    for (int i = 0; i < kKeys; ++i) result[i] /= sum;
  }
};

__global__ void __launch_bounds__(32 * kTemporalWarps) temporal_f32_kernel(const __grid_constant__ TemporalAttention p) {
  const int64_t task = static_cast<int64_t>(blockIdx.x) * kTemporalWarps + threadIdx.x / 32;
  if (task >= p.sequences * p.heads) return;
  const Head head{p, task / p.heads, task % p.heads};
  const int lane = static_cast<int>(threadIdx.x) % 32;
  const auto only_source = [](int) { return 0.0F; };
  const auto only_edit = [](int) { return 1.0F; };
  for (int query = 0; query < p.frames; ++query) {
    float map[kKeys];
    if (!p.controlled) {
      head.probabilities(query, only_edit, map);
    } else if (p.mix_inputs) {
      head.probabilities(
          query, [&](int frame) { return head.edit_at(frame); }, map);
    } else {
      const float share = head.edit_at(query);
      if (share > 0) head.probabilities(query, only_edit, map);
      if (share < 1) {
        float source[kKeys];
        head.probabilities(query, only_source, source);
#pragma unroll
        for (int i = 0; i < kKeys; ++i) map[i] = share > 0 ? share * map[i] + (1 - share) * source[i] : source[i];
      }
    }
    float out[kChannels] = {};
    for (int key = 0; key < p.frames; ++key) {
      const float weight = __shfl_sync(~0U, key < 32 ? map[0] : map[1], key % 32);
      const float* v = head.row(p.v2, key);
#pragma unroll
      for (int i = 0; i < kChannels; ++i) {
        if (lane + 32 * i < p.dim) out[i] += weight * v[lane + 32 * i];
      }
    }
    float* to = head.row(p.out, query);
#pragma unroll
    for (int i = 0; i < kChannels; ++i) {
      if (lane + 32 * i < p.dim) to[lane + 32 * i] = out[i];
    }
  }
}

}  // namespace

cudaError_t temporal_attention_f32(const TemporalAttention& p, cudaStream_t stream) {
  const auto blocks = static_cast<unsigned>((p.sequences * p.heads + kTemporalWarps - 1) / kTemporalWarps);
  temporal_f32_kernel<<<blocks, 32 * kTemporalWarps, 0, stream>>>(p);
  return cudaGetLastError();
}

}  // namespace fmk::kernels::cuda
