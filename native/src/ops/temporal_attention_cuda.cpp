#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

#include "kernels/cuda/temporal_attention.h"
#include "ops/fused_attention_cuda.h"
#include "ops/operand_cuda.h"

namespace fmk::fused::cuda {
namespace {

kernels::cuda::TemporalAttention params(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const at::Tensor& out) {
  kernels::cuda::TemporalAttention p{};
  p.element = element_of(q);
  p.sequences = q.size(0);
  p.heads = q.size(1);
  p.frames = q.size(2);
  p.dim = q.size(3);
  p.scale = scale_of(q);
  p.q2 = operand(q);
  p.k2 = operand(k);
  p.v2 = operand(v);
  p.out = operand(out);
  return p;
}

void launch(const kernels::cuda::TemporalAttention& p, at::Device device) {
  const c10::cuda::CUDAGuard guard(device);
  C10_CUDA_CHECK(kernels::cuda::temporal_attention(p, c10::cuda::getCurrentCUDAStream()));
}

}  // namespace

void temporal_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const at::Tensor& out) {
  launch(params(q, k, v, out), q.device());
}

void masked_temporal_attention(const at::Tensor& q0, const at::Tensor& k0, const at::Tensor& q2, const at::Tensor& k2, const at::Tensor& v2,
                               const at::Tensor& mask, int32_t mode, int32_t polarity, const at::Tensor& out) {
  kernels::cuda::TemporalAttention p = params(q2, k2, v2, out);
  p.controlled = true;
  p.mix_inputs = mode == FMK_TEMPORAL_QK;
  p.edit_inside = polarity == FMK_POLARITY_EDIT_INSIDE;
  p.q0 = operand(q0);
  p.k0 = operand(k0);
  at::Tensor values; /* lives until the launch is queued; libtorch's allocator keeps its memory to this stream */
  if (mask.defined()) {
    values = mask.to(at::kFloat);
    p.mask = values.const_data_ptr<float>();
    p.mask_sequence = values.stride(0);
    p.mask_frame = values.stride(1);
  }
  launch(p, q2.device());
}

}  // namespace fmk::fused::cuda
