#pragma once

#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <cstdint>

/* What the attention kernels share: the layout that the matrix units give a result (a thread holds two rows, `lane/4` and 8 below it, and
 * of every 8 columns the pair `2*(lane%4)`), its softmax, and how its rows are stored. */
namespace fmk::kernels::cuda {

using Half = __half;
using Bfloat16 = __nv_bfloat16;

constexpr float kMinusInfinity = -__builtin_huge_valf();

/* 2^x, 2^-inf = 0 */
__device__ inline float exp2_fast(float x) {
  float y;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
}

template <typename T>
__device__ uint32_t pack(float low, float high);
template <>
__device__ inline uint32_t pack<Half>(float low, float high) {
  const __half2 x = __floats2half2_rn(low, high);
  return *reinterpret_cast<const uint32_t*>(&x);
}
template <>
__device__ inline uint32_t pack<Bfloat16>(float low, float high) {
  const __nv_bfloat162 x = __floats2bfloat162_rn(low, high);
  return *reinterpret_cast<const uint32_t*>(&x);
}

template <typename T>
__device__ float2 unpack(uint32_t x);
template <>
__device__ inline float2 unpack<Half>(uint32_t x) {
  return __half22float2(*reinterpret_cast<const __half2*>(&x));
}
template <>
__device__ inline float2 unpack<Bfloat16>(uint32_t x) {
  return __bfloat1622float2(*reinterpret_cast<const __nv_bfloat162*>(&x));
}

__device__ inline float quad_max(float x) {
  x = fmaxf(x, __shfl_xor_sync(~0U, x, 1));
  return fmaxf(x, __shfl_xor_sync(~0U, x, 2));
}

__device__ inline float quad_sum(float x) {
  x += __shfl_xor_sync(~0U, x, 1);
  return x + __shfl_xor_sync(~0U, x, 2);
}

/* Running softmax of a thread's two rows. `sum` is the thread's own share until finish(). */
struct RowSoftmax {
  float max[2] = {kMinusInfinity, kMinusInfinity};
  float sum[2] = {0.0F, 0.0F};

  /* scores become 2^(scale*score - scale*max); `rescale` is what earlier results are to be multiplied by. At least one score of a row is
   * finite. */
  template <int R>
  __device__ void step(float (&scores)[R], float scale, float (&rescale)[2]) {
    float top[4] = {max[0], scores[1], max[1], scores[3]};
#pragma unroll
    for (int i = 0; i < R; ++i) top[i % 4] = fmaxf(top[i % 4], scores[i]);
    float shift[2];
#pragma unroll
    for (int r = 0; r < 2; ++r) {
      const float now = quad_max(fmaxf(top[2 * r], top[2 * r + 1]));
      shift[r] = now * scale;
      rescale[r] = exp2_fast(max[r] * scale - shift[r]);
      max[r] = now;
    }
    float part[4] = {sum[0] * rescale[0], 0.0F, sum[1] * rescale[1], 0.0F};
#pragma unroll
    for (int i = 0; i < R; ++i) {
      scores[i] = exp2_fast(__fmaf_rn(scores[i], scale, -shift[i / 2 % 2]));
      part[i % 4] += scores[i];
    }
    sum[0] = part[0] + part[1];
    sum[1] = part[2] + part[3];
  }

  /* weight / sum, for row 0 or 1 */
  __device__ float finish(int r, float weight) const { return weight / quad_sum(sum[r]); }
};

/* Keys from `keys` on do not exist. `first` is the key of the thread's first column. */
template <int R>
__device__ void hide_tail(float (&scores)[R], int32_t first, int32_t keys) {
#pragma unroll
  for (int i = 0; i < R; ++i) {
    if (first + i / 4 * 8 + i % 2 >= keys) scores[i] = kMinusInfinity;
  }
}

/* Lane q of four has word q of blocks 0..3 and gets the four words of block q. */
__device__ inline uint4 transpose_quad(uint32_t a, uint32_t b, uint32_t c, uint32_t d) {
  const bool odd = threadIdx.x % 2 != 0;
  const bool upper = threadIdx.x % 4 >= 2;
  const uint32_t x = __shfl_xor_sync(~0U, odd ? a : b, 1);
  const uint32_t y = __shfl_xor_sync(~0U, odd ? c : d, 1);
  const uint32_t a1 = odd ? x : a, b1 = odd ? b : x; /* words of the pair, of block 0 or 1 */
  const uint32_t c1 = odd ? y : c, d1 = odd ? d : y; /* of block 2 or 3 */
  const uint32_t z = __shfl_xor_sync(~0U, upper ? a1 : c1, 2);
  const uint32_t w = __shfl_xor_sync(~0U, upper ? b1 : d1, 2);
  return upper ? make_uint4(z, w, c1, d1) : make_uint4(a1, b1, z, w);
}

/* Adds nothing or what `row` holds to one row of the result and stores it: out[8*i + 2*(lane%4) ..] = result[4*i + 2*r ..] * factor.
 * All four lanes of a row call it; `row` is NULL for a row that does not exist. */
template <typename T, int R>
__device__ void store_row(const float (&result)[R], int r, float factor, bool add, T* row) {
  constexpr int kBlocks = R / 4;
  const int q = static_cast<int>(threadIdx.x) % 4;
  const auto word = [&](int block) { return pack<T>(result[4 * block + 2 * r] * factor, result[4 * block + 2 * r + 1] * factor); };
  const auto sum = [](uint32_t x, uint32_t y) {
    const float2 a = unpack<T>(x);
    const float2 b = unpack<T>(y);
    return pack<T>(a.x + b.x, a.y + b.y);
  };
#pragma unroll
  for (int block = 0; block + 4 <= kBlocks; block += 4) {
    uint4 words = transpose_quad(word(block), word(block + 1), word(block + 2), word(block + 3));
    if (row == nullptr) continue;
    auto* to = reinterpret_cast<uint4*>(row + (block + q) * 8);
    if (add) {
      const uint4 old = *to;
      words = {sum(old.x, words.x), sum(old.y, words.y), sum(old.z, words.z), sum(old.w, words.w)};
    }
    *to = words;
  }
#pragma unroll
  for (int block = kBlocks / 4 * 4; block < kBlocks; ++block) {
    const uint32_t x = word(block);
    if (row == nullptr) continue;
    auto* to = reinterpret_cast<uint32_t*>(row + block * 8 + q * 2);
    *to = add ? sum(*to, x) : x;
  }
}

}  // namespace fmk::kernels::cuda
