#pragma once

#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <cstdint>

/*
 * The warp-wide matrix instructions of compute capability 8.0, and how the kernels of short rows (cross and temporal attention) lay out
 * their fragments. Lane 4*g + t of a warp holds, of a matrix of 16-bit values in registers of two,
 *
 *   A [16 x 16]  rows g, g+8, columns 2t, 2t+1 and 8 further    4 registers: (g,2t) (g+8,2t) (g,2t+8) (g+8,2t+8)
 *   A [16 x 8]   rows g, g+8, columns 2t, 2t+1                  2 registers
 *   B [16 x 8]   column g, rows 2t, 2t+1 and 8 further          2 registers
 *   B [8 x 8]    column g, rows 2t, 2t+1                        1 register
 *   C [16 x 8]   f32, rows g, g+8, columns 2t, 2t+1             4 registers
 *
 * The order of what a product sums over is free, so a row of 32 channels is loaded as it lies, 8 channels (16 bytes) by each of the four
 * lanes of a row: word j of lane t, channels 8t+2j and 8t+2j+1, is what the instruction takes for some two of 16 columns.
 */
namespace fmk::kernels::cuda {

constexpr int kChunk = 32; /* channels that the four lanes of a row load at once */

template <typename T>
struct Pairs;

template <>
struct Pairs<__half> {
  static __device__ uint32_t pack(float low, float high) {
    const __half2 x = __floats2half2_rn(low, high);
    return *reinterpret_cast<const uint32_t*>(&x);
  }
  static __device__ float2 unpack(uint32_t x) { return __half22float2(*reinterpret_cast<const __half2*>(&x)); }

  static __device__ void multiply16(float (&c)[4], uint32_t a0, uint32_t a1, uint32_t a2, uint32_t a3, uint32_t b0, uint32_t b1) {
    asm("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(b0), "r"(b1));
  }
  static __device__ void multiply8(float (&c)[4], uint32_t a0, uint32_t a1, uint32_t b) {
    asm("mma.sync.aligned.m16n8k8.row.col.f32.f16.f16.f32 {%0,%1,%2,%3}, {%4,%5}, {%6}, {%0,%1,%2,%3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(a0), "r"(a1), "r"(b));
  }
};

template <>
struct Pairs<__nv_bfloat16> {
  static __device__ uint32_t pack(float low, float high) {
    const __nv_bfloat162 x = __floats2bfloat162_rn(low, high);
    return *reinterpret_cast<const uint32_t*>(&x);
  }
  static __device__ float2 unpack(uint32_t x) { return __bfloat1622float2(*reinterpret_cast<const __nv_bfloat162*>(&x)); }

  static __device__ void multiply16(float (&c)[4], uint32_t a0, uint32_t a1, uint32_t a2, uint32_t a3, uint32_t b0, uint32_t b1) {
    asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(b0), "r"(b1));
  }
  static __device__ void multiply8(float (&c)[4], uint32_t a0, uint32_t a1, uint32_t b) {
    asm("mma.sync.aligned.m16n8k8.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5}, {%6}, {%0,%1,%2,%3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(a0), "r"(a1), "r"(b));
  }
};

/* Of an 8 x 8 matrix, lane 4g+t has row g, columns 2t and 2t+1, and gets column g, rows 2t and 2t+1. */
__device__ inline uint32_t transpose8(uint32_t x) {
  uint32_t y;
  asm("movmatrix.sync.aligned.m8n8.trans.b16 %0, %1;" : "=r"(y) : "r"(x));
  return y;
}

/* Maximum and sum over the four lanes of a row. */
__device__ inline float row_max(float x) {
  x = fmaxf(x, __shfl_xor_sync(~0U, x, 1));
  return fmaxf(x, __shfl_xor_sync(~0U, x, 2));
}
__device__ inline float row_sum(float x) {
  x += __shfl_xor_sync(~0U, x, 1);
  return x + __shfl_xor_sync(~0U, x, 2);
}

/* 2^x; 2^-inf = 0 */
__device__ inline float power_of_two(float x) {
  float y;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
}

/* m * x + (1-m) * y by channel. */
template <typename T>
__device__ inline uint4 blend(float m, uint4 x, uint4 y) {
  const auto one = [m](uint32_t a, uint32_t b) {
    const float2 u = Pairs<T>::unpack(a);
    const float2 w = Pairs<T>::unpack(b);
    return Pairs<T>::pack(m * u.x + (1 - m) * w.x, m * u.y + (1 - m) * w.y);
  };
  return {one(x.x, y.x), one(x.y, y.y), one(x.z, y.z), one(x.w, y.w)};
}

}  // namespace fmk::kernels::cuda
