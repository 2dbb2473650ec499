#include "kernels/cuda/temporal_attention.cuh"

namespace fmk::kernels::cuda {

cudaError_t temporal_attention_f16(const TemporalAttention& p, cudaStream_t stream) { return launch_temporal<Half>(p, stream); }

}  // namespace fmk::kernels::cuda
