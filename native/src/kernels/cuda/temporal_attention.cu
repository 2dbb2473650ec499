#include "kernels/cuda/temporal_attention.cuh"

namespace fmk::kernels::cuda {

cudaError_t temporal_attention(const TemporalAttention& p, cudaStream_t stream) {
  switch (p.element) {
    case Element::kF16:
      return temporal_attention_f16(p, stream);
    case Element::kBf16:
      return temporal_attention_bf16(p, stream);
    case Element::kF32:
      return temporal_attention_f32(p, stream);
  }
  return cudaErrorInvalidValue;
}

}  // namespace fmk::kernels::cuda
