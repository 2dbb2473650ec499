#include "kernels/cuda/self_attention.h"

/* Masked self attention for a driver in another language
 * (benchmarks/peers/self_attention_cuda.py): the params struct as it is. */
#define FMK_LAUNCHER extern "C" __attribute__((visibility("default")))

using fmk::kernels::cuda::SelfAttention;

FMK_LAUNCHER size_t launcher_params_size() { return sizeof(SelfAttention); }

FMK_LAUNCHER size_t launcher_workspace(int64_t frames, int64_t queries) {
  return fmk::kernels::cuda::self_attention_workspace(frames, queries);
}

/* cudaError_t */
FMK_LAUNCHER int launcher_run(const SelfAttention* p, cudaStream_t stream) { return fmk::kernels::cuda::self_attention(*p, stream); }
