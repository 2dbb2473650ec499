#pragma once

#include <cstdint>

#include "kernels/cuda/attention_common.cuh"

/*
 * wgmma: a warpgroup multiplies 64 rows, 16 deep, by N columns, asynchronously. PTX ISA 8.0, sm_90a.
 *
 * All tiles in shared memory are rows of 128 bytes (64 channels), their 16-byte pieces swizzled by the row's number modulo 8, as bulk
 * tensor copies with 128-byte swizzle write them; they start at multiples of 1024 bytes.
 */
namespace fmk::kernels::cuda {

constexpr uint32_t kSwizzleRows = 8;
constexpr uint32_t kRowBytes = 128;

/* `next`: bytes from one 64-channel tile to the next, for an operand whose channels are the columns of the product. */
__device__ inline uint64_t matrix_descriptor(uint32_t address, uint32_t next) {
  constexpr uint64_t kSwizzle128 = 1ULL << 62;
  constexpr uint64_t kGroups = static_cast<uint64_t>(kSwizzleRows * kRowBytes >> 4) << 32;
  return kSwizzle128 | kGroups | static_cast<uint64_t>(next >> 4) << 16 | address >> 4;
}

__device__ inline void wgmma_fence() { asm volatile("wgmma.fence.sync.aligned;" ::: "memory"); }
__device__ inline void wgmma_commit() { asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory"); }

/* All but the latest `Pending` groups have ended. */
template <int Pending>
__device__ void wgmma_wait() {
  asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(Pending) : "memory");
}

/* The compiler moves no use of these registers across this. */
template <int R>
__device__ void pin(float (&x)[R]) {
#pragma unroll
  for (int i = 0; i < R; ++i) asm volatile("" : "+f"(x[i])::"memory");
}
template <int R>
__device__ void pin(uint32_t (&x)[R]) {
#pragma unroll
  for (int i = 0; i < R; ++i) asm volatile("" : "+r"(x[i])::"memory");
}

/* clang-format off */
#define FMK_R8(i) "+f"(d[i]), "+f"(d[i + 1]), "+f"(d[i + 2]), "+f"(d[i + 3]), "+f"(d[i + 4]), "+f"(d[i + 5]), "+f"(d[i + 6]), "+f"(d[i + 7])
#define FMK_R4(i) "+f"(d[i]), "+f"(d[i + 1]), "+f"(d[i + 2]), "+f"(d[i + 3])
#define FMK_S0_16 "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15"
#define FMK_S16_20 "%16, %17, %18, %19"
#define FMK_S16_32 "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31"
#define FMK_S32_40 "%32, %33, %34, %35, %36, %37, %38, %39"
#define FMK_S40_48 "%40, %41, %42, %43, %44, %45, %46, %47"
#define FMK_S48_64 "%48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63"
#define FMK_S64_80 "%64, %65, %66, %67, %68, %69, %70, %71, %72, %73, %74, %75, %76, %77, %78, %79"
#define FMK_TEXT_16 FMK_S0_16
#define FMK_REGS_16 FMK_R8(0), FMK_R8(8)
#define FMK_TEXT_20 FMK_S0_16 ", " FMK_S16_20
#define FMK_REGS_20 FMK_R8(0), FMK_R8(8), FMK_R4(16)
#define FMK_TEXT_32 FMK_S0_16 ", " FMK_S16_32
#define FMK_REGS_32 FMK_R8(0), FMK_R8(8), FMK_R8(16), FMK_R8(24)
#define FMK_TEXT_40 FMK_S0_16 ", " FMK_S16_32 ", " FMK_S32_40
#define FMK_REGS_40 FMK_R8(0), FMK_R8(8), FMK_R8(16), FMK_R8(24), FMK_R8(32)
#define FMK_TEXT_48 FMK_S0_16 ", " FMK_S16_32 ", " FMK_S32_40 ", " FMK_S40_48
#define FMK_REGS_48 FMK_R8(0), FMK_R8(8), FMK_R8(16), FMK_R8(24), FMK_R8(32), FMK_R8(40)
#define FMK_TEXT_64 FMK_S0_16 ", " FMK_S16_32 ", " FMK_S32_40 ", " FMK_S40_48 ", " FMK_S48_64
#define FMK_REGS_64 FMK_R8(0), FMK_R8(8), FMK_R8(16), FMK_R8(24), FMK_R8(32), FMK_R8(40), FMK_R8(48), FMK_R8(56)
#define FMK_TEXT_80 FMK_S0_16 ", " FMK_S16_32 ", " FMK_S32_40 ", " FMK_S40_48 ", " FMK_S48_64 ", " FMK_S64_80
#define FMK_REGS_80 FMK_R8(0), FMK_R8(8), FMK_R8(16), FMK_R8(24), FMK_R8(32), FMK_R8(40), FMK_R8(48), FMK_R8(56), FMK_R8(64), FMK_R8(72)
/* clang-format on */

/* d = a b^T or d += a b^T, both from shared memory, channels innermost (the depth). */
template <typename T, int R>
struct WgmmaShared;
/* d += a b, a from registers, b from shared memory with rows as the depth. */
template <typename T, int R>
struct WgmmaRegisters;

#define FMK_WGMMA_SHARED(T, NAME, R, N, A, B, ADD)                                                                            \
  template <>                                                                                                                 \
  struct WgmmaShared<T, R> {                                                                                                  \
    static __device__ void run(float (&d)[R], uint64_t a, uint64_t b, int add) {                                              \
      asm volatile("{\n.reg .pred add;\nsetp.ne.b32 add, " ADD                                                                \
                   ", 0;\n"                                                                                                   \
                   "wgmma.mma_async.sync.aligned.m64n" N "k16.f32." NAME "." NAME " {" FMK_TEXT_##R "}, " A ", " B            \
                                                                                                    ", add, 1, 1, 0, 0;\n}\n" \
                   : FMK_REGS_##R                                                                                             \
                   : "l"(a), "l"(b), "r"(add));                                                                               \
    }                                                                                                                         \
  };
#define FMK_WGMMA_REGISTERS(T, NAME, R, N, A, B)                                                                                   \
  template <>                                                                                                                      \
  struct WgmmaRegisters<T, R> {                                                                                                    \
    static __device__ void run(float (&d)[R], uint32_t a0, uint32_t a1, uint32_t a2, uint32_t a3, uint64_t b) {                    \
      asm volatile(                                                                                                                \
          "{\n.reg .pred add;\nsetp.eq.b32 add, 0, 0;\n"                                                                           \
          "wgmma.mma_async.sync.aligned.m64n" N "k16.f32." NAME "." NAME " {" FMK_TEXT_##R "}, {" A "}, " B ", add, 1, 1, 1;\n}\n" \
          : FMK_REGS_##R                                                                                                           \
          : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "l"(b));                                                                           \
    }                                                                                                                              \
  };
#define FMK_WGMMA_TYPES(MACRO, ...) MACRO(Half, "f16", __VA_ARGS__) MACRO(Bfloat16, "bf16", __VA_ARGS__)

FMK_WGMMA_TYPES(FMK_WGMMA_SHARED, 48, "96", "%48", "%49", "%50")
FMK_WGMMA_TYPES(FMK_WGMMA_SHARED, 64, "128", "%64", "%65", "%66")
FMK_WGMMA_TYPES(FMK_WGMMA_REGISTERS, 16, "32", "%16, %17, %18, %19", "%20")
FMK_WGMMA_TYPES(FMK_WGMMA_REGISTERS, 20, "40", "%20, %21, %22, %23", "%24")
FMK_WGMMA_TYPES(FMK_WGMMA_REGISTERS, 32, "64", "%32, %33, %34, %35", "%36")
FMK_WGMMA_TYPES(FMK_WGMMA_REGISTERS, 40, "80", "%40, %41, %42, %43", "%44")
FMK_WGMMA_TYPES(FMK_WGMMA_REGISTERS, 64, "128", "%64, %65, %66, %67", "%68")
FMK_WGMMA_TYPES(FMK_WGMMA_REGISTERS, 80, "160", "%80, %81, %82, %83", "%84")

#undef FMK_WGMMA_TYPES
#undef FMK_WGMMA_REGISTERS
#undef FMK_WGMMA_SHARED

#undef FMK_TEXT_16
#undef FMK_REGS_16
#undef FMK_TEXT_20
#undef FMK_REGS_20
#undef FMK_TEXT_32
#undef FMK_REGS_32
#undef FMK_TEXT_40
#undef FMK_REGS_40
#undef FMK_TEXT_48
#undef FMK_REGS_48
#undef FMK_TEXT_64
#undef FMK_REGS_64
#undef FMK_TEXT_80
#undef FMK_REGS_80
#undef FMK_S0_16
#undef FMK_S16_20
#undef FMK_S16_32
#undef FMK_S32_40
#undef FMK_S40_48
#undef FMK_S48_64
#undef FMK_S64_80
#undef FMK_R4
#undef FMK_R8

}  // namespace fmk::kernels::cuda
