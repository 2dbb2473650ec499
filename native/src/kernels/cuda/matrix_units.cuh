#pragma once

#include "kernels/cuda/attention_common.cuh"

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
struct Multiply;

template <>
struct Multiply<Half> {
  static __device__ void by16(float (&c)[4], uint32_t a0, uint32_t a1, uint32_t a2, uint32_t a3, uint32_t b0, uint32_t b1) {
    asm("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(b0), "r"(b1));
  }
  static __device__ void by8(float (&c)[4], uint32_t a0, uint32_t a1, uint32_t b) {
    asm("mma.sync.aligned.m16n8k8.row.col.f32.f16.f16.f32 {%0,%1,%2,%3}, {%4,%5}, {%6}, {%0,%1,%2,%3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(a0), "r"(a1), "r"(b));
  }
};

template <>
struct Multiply<Bfloat16> {
  static __device__ void by16(float (&c)[4], uint32_t a0, uint32_t a1, uint32_t a2, uint32_t a3, uint32_t b0, uint32_t b1) {
    asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(b0), "r"(b1));
  }
  static __device__ void by8(float (&c)[4], uint32_t a0, uint32_t a1, uint32_t b) {
    asm("mma.sync.aligned.m16n8k8.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5}, {%6}, {%0,%1,%2,%3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(a0), "r"(a1), "r"(b));
  }
};

/* 16 bytes that nobody writes meanwhile, or zeros where they do not exist: without a branch, which would have each load waited for. */
__device__ inline uint4 load_or_zeros(const void* at, bool exists) {
  uint4 x;
  asm volatile(
      "{\n"
      ".reg .pred exists;\n"
      "setp.ne.s32 exists, %5, 0;\n"
      "mov.b32 %0, 0;\n"
      "mov.b32 %1, 0;\n"
      "mov.b32 %2, 0;\n"
      "mov.b32 %3, 0;\n"
      "@exists ld.global.nc.v4.b32 {%0, %1, %2, %3}, [%4];\n"
      "}"
      : "=&r"(x.x), "=&r"(x.y), "=&r"(x.z), "=&r"(x.w)
      : "l"(at), "r"(static_cast<int>(exists)));
  return x;
}

/* Of an 8 x 8 matrix, lane 4g+t has row g, columns 2t and 2t+1, and gets column g, rows 2t and 2t+1. */
__device__ inline uint32_t transpose8(uint32_t x) {
  uint32_t y;
  asm("movmatrix.sync.aligned.m8n8.trans.b16 %0, %1;" : "=r"(y) : "r"(x));
  return y;
}

/* m * x + (1-m) * y by channel. */
template <typename T>
__device__ inline uint4 blend(float m, uint4 x, uint4 y) {
  const auto one = [m](uint32_t a, uint32_t b) {
    const float2 u = unpack<T>(a);
    const float2 w = unpack<T>(b);
    return pack<T>(m * u.x + (1 - m) * w.x, m * u.y + (1 - m) * w.y);
  };
  return {one(x.x, y.x), one(x.y, y.y), one(x.z, y.z), one(x.w, y.w)};
}

}  // namespace fmk::kernels::cuda
