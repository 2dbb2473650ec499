#include "kernels/cuda/temporal_attention.cuh"

namespace fmk::kernels::cuda {

cudaError_t temporal_attention_bf16(const TemporalAttention& p, cudaStream_t stream) { return launch_temporal<Bfloat16>(p, stream); }

}  // namespace fmk::kernels::cuda
