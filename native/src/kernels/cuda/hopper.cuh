#pragma once

#include <cuda.h>
#include <cuda_runtime.h>

#include <cstdint>

/* Hopper's instructions by name: barriers in shared memory, bulk tensor copies, register hand-over. PTX ISA 8.0, sm_90a. */
namespace fmk::kernels::cuda {

__device__ inline uint32_t shared_address(const void* p) { return static_cast<uint32_t>(__cvta_generic_to_shared(p)); }

__device__ inline void barrier_init(uint32_t barrier, uint32_t arrivals) {
  asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(barrier), "r"(arrivals) : "memory");
}

__device__ inline void barrier_arrive(uint32_t barrier) {
  asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(barrier) : "memory");
}

__device__ inline void barrier_arrive_expect(uint32_t barrier, uint32_t bytes) {
  asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(barrier), "r"(bytes) : "memory");
}

/* Returns when the phase of this parity has ended. */
__device__ inline void barrier_wait(uint32_t barrier, uint32_t parity) {
  asm volatile(
      "{\n"
      ".reg .pred done;\n"
      "again:\n"
      "mbarrier.try_wait.parity.shared::cta.b64 done, [%0], %1;\n"
      "@done bra out;\n"
      "bra again;\n"
      "out:\n"
      "}" ::"r"(barrier),
      "r"(parity)
      : "memory");
}

/* Box of a tensor map at (channel, row, head, outer) to shared memory; its bytes count at the barrier. */
__device__ inline void copy_box(uint32_t to, const CUtensorMap* map, int32_t channel, int32_t row, int32_t head, int32_t outer,
                                uint32_t barrier) {
  asm volatile(
      "cp.async.bulk.tensor.4d.shared::cluster.global.tile.mbarrier::complete_tx::bytes [%0], [%1, {%2, %3, %4, %5}], [%6];" ::"r"(to),
      "l"(map), "r"(channel), "r"(row), "r"(head), "r"(outer), "r"(barrier)
      : "memory");
}

/* The same box to the L2 cache. */
__device__ inline void prefetch_box(const CUtensorMap* map, int32_t channel, int32_t row, int32_t head, int32_t outer) {
  asm volatile("cp.async.bulk.prefetch.tensor.4d.L2.global.tile [%0, {%1, %2, %3, %4}];" ::"l"(map), "r"(channel), "r"(row), "r"(head),
               "r"(outer)
               : "memory");
}

__device__ inline void prefetch_map(const CUtensorMap* map) { asm volatile("prefetch.tensormap [%0];" ::"l"(map) : "memory"); }

/* Ordinary writes to shared memory, before the matrix units read them. */
__device__ inline void fence_for_async_proxy() { asm volatile("fence.proxy.async.shared::cta;" ::: "memory"); }

/* Barriers among warps; number 0 is __syncthreads()'s, so these are counted from 1. */
__device__ inline void sync_named(int number, int threads) { asm volatile("bar.sync %0, %1;" ::"r"(number + 1), "r"(threads) : "memory"); }
__device__ inline void arrive_named(int number, int threads) {
  asm volatile("bar.arrive %0, %1;" ::"r"(number + 1), "r"(threads) : "memory");
}

template <int Registers>
__device__ void give_registers() {
  asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;" ::"n"(Registers));
}
template <int Registers>
__device__ void take_registers() {
  asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;" ::"n"(Registers));
}

/* The launch before this one on the stream has ended and its writes are visible. */
__device__ inline void wait_for_previous_launch() { asm volatile("griddepcontrol.wait;" ::: "memory"); }

}  // namespace fmk::kernels::cuda
