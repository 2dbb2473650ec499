#include "kernels/kernel_table.h"

#include <vector>

namespace fmk::kernels {
namespace {

std::vector<const KernelTable*> find_available() {
  std::vector<const KernelTable*> found;
#if defined(FMK_X86_KERNELS)
  /* The compiler's run-time asks cpuid and whether the system saves the registers. */
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  if (avx512) found.push_back(&kAvx512Kernels);
  if (avx2) found.push_back(&kAvx2Kernels);
#endif
  found.push_back(&kPortableKernels);
  return found;
}

}  // namespace

std::span<const KernelTable* const> available_kernels() {
  static const std::vector<const KernelTable*> found = find_available();
  return found;
}

bool has_matrix_units() {
#if defined(FMK_X86_KERNELS)
  __builtin_cpu_init();
  static const bool found = __builtin_cpu_supports("amx-bf16");
  return found;
#else
  return false;
#endif
}

}  // namespace fmk::kernels
