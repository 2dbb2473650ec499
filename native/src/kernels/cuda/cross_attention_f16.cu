#include "kernels/cuda/cross_attention.cuh"

namespace fmk::kernels::cuda {

cudaError_t cross_attention_f16(const CrossAttention& p, cudaStream_t stream) { return launch_cross<Half>(p, stream); }

}  // namespace fmk::kernels::cuda
