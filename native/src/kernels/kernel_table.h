#pragma once

#include <cstdint>
#include <span>

#include "kernels/attention_params.h"

namespace fmk::kernels {

/* One build of the kernels for one instruction set. The functions work on the tasks begin <= t < end and may run on any number of threads.
 */
struct KernelTable {
  const char* isa;
  int32_t lanes; /* query rows that a tile holds at most */
  void (*self_attention)(const SelfParams& params, int64_t begin, int64_t end);
  /* Tasks are tiles of `lanes` queries within a frame, frame by frame; with capture a task does all heads, else task t is head t % heads of
   * tile t / heads. */
  void (*cross_attention)(const CrossParams& params, int64_t begin, int64_t end);
  void (*temporal_attention)(const TemporalParams& params, int64_t begin, int64_t end);
};

/* The builds that this machine can run, the fastest first; the portable one is always there. */
std::span<const KernelTable* const> available_kernels();

/* The fastest one. */
inline const KernelTable& best_kernels() { return *available_kernels().front(); }

/* Whether the processor multiplies bf16 matrices by AMX, which libtorch's operations use and these kernels do not. */
bool has_matrix_units();

extern const KernelTable kPortableKernels;
#if defined(FMK_X86_KERNELS)
extern const KernelTable kAvx2Kernels;
extern const KernelTable kAvx512Kernels;
#endif

}  // namespace fmk::kernels
