#pragma once

#include <type_traits>

#include "kernels/cuda/matrix_units.cuh"
#include "kernels/cuda/temporal_attention.h"

/*
 * Temporal attention of 16-bit values. A warp computes a pixel's head: many tiny problems, bound by memory. Every row of 8 channels is read
 * once, in 16 bytes, straight into the fragment that the matrix units take (matrix_units.cuh), and written the same way; there is no shared
 * memory and no barrier. Values are transposed in registers.
 */
namespace fmk::kernels::cuda {

enum class TemporalMix { kNone, kMaps, kInputs };

constexpr int kTemporalWarps = 4; /* of a block */

/* kChunks: of 32 channels; kKeyTiles: of 8 frames. */
template <typename T, int kChunks, int kKeyTiles, TemporalMix kMix>
class TemporalWarp {
 public:
  __device__ TemporalWarp(const TemporalAttention& p, int64_t sequence, int64_t head)
      : p_(p), frames_(static_cast<int>(p.frames)), dim_(static_cast<int>(p.dim)), sequence_(sequence), head_(head) {}

  __device__ void run() const {
    Values values;
    if constexpr (kKeepValues) load_values(values, 0);
    for (int first = 0; first < frames_; first += kRows) {
      Maps maps;
      attention_maps(first, maps);
      multiply_values(first, maps, values);
    }
  }

 private:
  static constexpr int kQueryTiles = kKeyTiles == 4 ? 2 : 1; /* of 16 rows, at a time */
  static constexpr int kRows = 16 * kQueryTiles;
  /* A sequence of 8 has no rows 8..15. */
  static constexpr int kHalves = kKeyTiles == 1 ? 1 : 2;
  /* All values are in flight before the softmax where there is room for them. */
  static constexpr bool kKeepValues = kChunks * kKeyTiles <= 8;
  /* Chunks whose loads are in flight together; more would not fit the registers. */
  static constexpr int kAtOnce = kKeepValues ? kChunks : 1;

  /* Left operands of the product with the values: a map rounded to T, and what that left out. A map rounded alone would have an error above
   * that of the result's own rounding. */
  struct Maps {
    uint32_t high[kQueryTiles][kKeyTiles][2];
    uint32_t low[kQueryTiles][kKeyTiles][2];
  };
  using Scores = float[kQueryTiles][kKeyTiles][4];
  using Values = uint4[kAtOnce][kKeyTiles];

  const TemporalAttention& p_;
  int frames_;
  int dim_;
  int64_t sequence_;
  int64_t head_;
  int group_ = static_cast<int>(threadIdx.x) % 32 / 4; /* g */
  int lane_ = static_cast<int>(threadIdx.x) % 4;       /* t */

  /* Whether frame f and this lane's channels of a chunk exist. */
  __device__ bool inside(int frame, int chunk) const { return frame < frames_ && kChunk * chunk + 8 * lane_ < dim_; }

  __device__ uint4* at(const Operand& x, int frame, int chunk) const {
    return reinterpret_cast<uint4*>(static_cast<T*>(x.data) + sequence_ * x.outer + head_ * x.head + frame * x.row + kChunk * chunk +
                                    8 * lane_);
  }

  __device__ uint4 load(const Operand& x, int frame, int chunk, bool wanted = true) const {
    return wanted && inside(frame, chunk) ? __ldg(at(x, frame, chunk)) : make_uint4(0, 0, 0, 0);
  }

  /* Share of the edit at a frame. */
  __device__ float edit_at(int frame) const {
    if (p_.mask == nullptr || frame >= frames_) return 0.0F;
    const float m = __ldg(p_.mask + sequence_ * p_.mask_sequence + frame * p_.mask_frame);
    return p_.edit_inside ? m : 1 - m;
  }

  /* A row of Q or K, mixed where that is what is asked for. What has no share is not read. */
  __device__ uint4 mixed(const Operand& source, const Operand& edit, float share, int frame, int chunk) const {
    if constexpr (kMix != TemporalMix::kInputs) {
      return load(edit, frame, chunk);
    } else {
      const uint4 x = load(edit, frame, chunk, share > 0);
      const uint4 y = load(source, frame, chunk, share < 1);
      if (share >= 1) return x;
      return share <= 0 ? y : blend<T>(share, x, y);
    }
  }

  /* q k^T of queries first.. and all keys; key_share: the edit's share by key, of this lane's group. */
  __device__ void multiply_keys(int first, const Operand& q, const Operand& k, const float (&query_share)[kQueryTiles][2],
                                const float (&key_share)[kKeyTiles], Scores& scores) const {
#pragma unroll
    for (int i = 0; i < kQueryTiles; ++i) {
#pragma unroll
      for (int j = 0; j < kKeyTiles; ++j) {
#pragma unroll
        for (int e = 0; e < 4; ++e) scores[i][j][e] = 0.0F;
      }
    }
#pragma unroll kAtOnce
    for (int c = 0; c < kChunks; ++c) {
      uint4 a[kQueryTiles][2];
#pragma unroll
      for (int i = 0; i < kQueryTiles; ++i) {
        a[i][1] = make_uint4(0, 0, 0, 0);
#pragma unroll
        for (int h = 0; h < kHalves; ++h) a[i][h] = mixed(p_.q0, q, query_share[i][h], first + 16 * i + 8 * h + group_, c);
      }
#pragma unroll
      for (int j = 0; j < kKeyTiles; ++j) {
        const uint4 b = mixed(p_.k0, k, key_share[j], 8 * j + group_, c);
#pragma unroll
        for (int i = 0; i < kQueryTiles; ++i) {
          Multiply<T>::by16(scores[i][j], a[i][0].x, a[i][1].x, a[i][0].y, a[i][1].y, b.x, b.y);
          Multiply<T>::by16(scores[i][j], a[i][0].z, a[i][1].z, a[i][0].w, a[i][1].w, b.z, b.w);
        }
      }
    }
  }

  /* Scores become probabilities. */
  __device__ void softmax(Scores& scores) const {
#pragma unroll
    for (int i = 0; i < kQueryTiles; ++i) {
#pragma unroll
      for (int h = 0; h < kHalves; ++h) {
        float most = -INFINITY;
#pragma unroll
        for (int j = 0; j < kKeyTiles; ++j) {
#pragma unroll
          for (int e = 0; e < 2; ++e) {
            float& s = scores[i][j][2 * h + e];
            if (8 * j + 2 * lane_ + e >= frames_) s = -INFINITY;
            most = fmaxf(most, s);
          }
        }
        most = quad_max(most) * p_.scale;
        float sum = 0.0F;
#pragma unroll
        for (int j = 0; j < kKeyTiles; ++j) {
#pragma unroll
          for (int e = 0; e < 2; ++e) {
            float& s = scores[i][j][2 * h + e];
            s = exp2_fast(__fmaf_rn(s, p_.scale, -most));
            sum += s;
          }
        }
        const float factor = 1 / quad_sum(sum);
#pragma unroll
        for (int j = 0; j < kKeyTiles; ++j) {
#pragma unroll
          for (int e = 0; e < 2; ++e) scores[i][j][2 * h + e] *= factor;
        }
      }
    }
  }

  /* The maps of queries first .. first+kRows. */
  __device__ void attention_maps(int first, Maps& maps) const {
    float query_share[kQueryTiles][2] = {};
    float key_share[kKeyTiles] = {};
    bool source = false; /* whether any of these queries needs the source's map */
    bool edit = true;
    if constexpr (kMix != TemporalMix::kNone) {
      edit = false;
#pragma unroll
      for (int i = 0; i < kQueryTiles; ++i) {
#pragma unroll
        for (int h = 0; h < kHalves; ++h) {
          const int frame = first + 16 * i + 8 * h + group_;
          query_share[i][h] = edit_at(frame);
          if (frame < frames_) {
            source = source || query_share[i][h] < 1;
            edit = edit || query_share[i][h] > 0;
          }
        }
      }
      source = __any_sync(~0U, source);
      edit = __any_sync(~0U, edit);
    }
    if constexpr (kMix == TemporalMix::kInputs) {
#pragma unroll
      for (int j = 0; j < kKeyTiles; ++j) key_share[j] = edit_at(8 * j + group_);
      edit = true;
    }
    Scores scores;
    if (kMix != TemporalMix::kMaps || edit) {
      multiply_keys(first, p_.q2, p_.k2, query_share, key_share, scores);
      softmax(scores);
    }
    if constexpr (kMix == TemporalMix::kMaps) {
      if (source) {
        Scores other;
        multiply_keys(first, p_.q0, p_.k0, query_share, key_share, other);
        softmax(other);
#pragma unroll
        for (int i = 0; i < kQueryTiles; ++i) {
#pragma unroll
          for (int j = 0; j < kKeyTiles; ++j) {
#pragma unroll
            for (int e = 0; e < 2 * kHalves; ++e) {
              const float share = query_share[i][e / 2];
              /* By selection: what has no share may hold anything. */
              const float of_edit = share > 0 ? share * scores[i][j][e] : 0.0F;
              scores[i][j][e] = share < 1 ? of_edit + (1 - share) * other[i][j][e] : of_edit;
            }
          }
        }
      }
    }
#pragma unroll
    for (int i = 0; i < kQueryTiles; ++i) {
#pragma unroll
      for (int j = 0; j < kKeyTiles; ++j) {
#pragma unroll
        for (int h = 0; h < 2; ++h) {
          maps.high[i][j][h] = maps.low[i][j][h] = 0;
          if (h == kHalves) continue;
          const float x = scores[i][j][2 * h];
          const float y = scores[i][j][2 * h + 1];
          const uint32_t rounded = pack<T>(x, y);
          const float2 high = unpack<T>(rounded);
          maps.high[i][j][h] = rounded;
          maps.low[i][j][h] = pack<T>(x - high.x, y - high.y);
        }
      }
    }
  }

  __device__ void load_values(Values& values, int first_chunk) const {
#pragma unroll
    for (int c = 0; c < kAtOnce; ++c) {
#pragma unroll
      for (int j = 0; j < kKeyTiles; ++j) values[c][j] = load(p_.v2, 8 * j + group_, first_chunk + c);
    }
  }

  /* Word j of the four lanes of a row, transposed, has the channels 8u + 2j and 8u + 2j + 1 of the chunk, u = 0..3, as its columns: so
   * lane t's result is again the 8 channels from 8t on. */
  __device__ void multiply_values(int first, const Maps& maps, Values& values) const {
#pragma unroll kAtOnce
    for (int c = 0; c < kChunks; ++c) {
      if constexpr (!kKeepValues) load_values(values, c);
      float out[kQueryTiles][4][4] = {};
#pragma unroll
      for (int j = 0; j < kKeyTiles; ++j) {
        const uint4 v = values[kKeepValues ? c : 0][j];
        const uint32_t words[4] = {transpose8(v.x), transpose8(v.y), transpose8(v.z), transpose8(v.w)};
#pragma unroll
        for (int i = 0; i < kQueryTiles; ++i) {
#pragma unroll
          for (int w = 0; w < 4; ++w) {
            Multiply<T>::by8(out[i][w], maps.high[i][j][0], maps.high[i][j][1], words[w]);
            Multiply<T>::by8(out[i][w], maps.low[i][j][0], maps.low[i][j][1], words[w]);
          }
        }
      }
#pragma unroll
      for (int i = 0; i < kQueryTiles; ++i) {
#pragma unroll
        for (int h = 0; h < kHalves; ++h) {
          const int frame = first + 16 * i + 8 * h + group_;
          const auto word = [&](int w) { return pack<T>(out[i][w][2 * h], out[i][w][2 * h + 1]); };
          if (inside(frame, c)) *at(p_.out, frame, c) = make_uint4(word(0), word(1), word(2), word(3));
        }
      }
    }
  }
};

template <typename T, int kChunks, int kKeyTiles, TemporalMix kMix>
__global__ void __launch_bounds__(32 * kTemporalWarps) temporal_kernel(const __grid_constant__ TemporalAttention p) {
  const int64_t task = static_cast<int64_t>(blockIdx.x) * kTemporalWarps + threadIdx.x / 32;
  if (task >= p.sequences * p.heads) return;
  TemporalWarp<T, kChunks, kKeyTiles, kMix>(p, task / p.heads, task % p.heads).run();
}

/* Picks the kernel of T for the sizes and launches it. */
template <typename T>
cudaError_t launch_temporal(const TemporalAttention& p, cudaStream_t stream) {
  const auto blocks = static_cast<unsigned>((p.sequences * p.heads + kTemporalWarps - 1) / kTemporalWarps);
  const auto launch = [&](auto chunks, auto tiles, auto mix) {
    temporal_kernel<T, decltype(chunks)::value, decltype(tiles)::value, decltype(mix)::value>
        <<<blocks, 32 * kTemporalWarps, 0, stream>>>(p);
    return cudaGetLastError();
  };
  const auto by_mix = [&](auto chunks, auto tiles) {
    if (!p.controlled) return launch(chunks, tiles, std::integral_constant<TemporalMix, TemporalMix::kNone>());
    if (p.mix_inputs) return launch(chunks, tiles, std::integral_constant<TemporalMix, TemporalMix::kInputs>());
    return launch(chunks, tiles, std::integral_constant<TemporalMix, TemporalMix::kMaps>());
  };
  const auto by_frames = [&](auto chunks) {
    if (p.frames <= 8) return by_mix(chunks, std::integral_constant<int, 1>());
    if (p.frames <= 16) return by_mix(chunks, std::integral_constant<int, 2>());
    if (p.frames <= 32) return by_mix(chunks, std::integral_constant<int, 4>());
    return by_mix(chunks, std::integral_constant<int, 8>());
  };
  switch ((p.dim + kChunk - 1) / kChunk) {
    case 1:
      return by_frames(std::integral_constant<int, 1>());
    case 2:
      return by_frames(std::integral_constant<int, 2>());
    case 3:
      return by_frames(std::integral_constant<int, 3>());
    case 4:
      return by_frames(std::integral_constant<int, 4>());
    case 5:
      return by_frames(std::integral_constant<int, 5>());
    default:
      return cudaErrorInvalidValue;
  }
}

/* Of each element, in a file of its own. */
cudaError_t temporal_attention_f16(const TemporalAttention& p, cudaStream_t stream);
cudaError_t temporal_attention_bf16(const TemporalAttention& p, cudaStream_t stream);
cudaError_t temporal_attention_f32(const TemporalAttention& p, cudaStream_t stream);

}  // namespace fmk::kernels::cuda
