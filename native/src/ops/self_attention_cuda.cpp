#include <ATen/ops/empty.h>
#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

#include "kernels/cuda/self_attention.h"
#include "ops/fused_attention_cuda.h"
#include "ops/operand_cuda.h"

namespace fmk::fused::cuda {

void masked_self_attention(const at::Tensor& q0, const at::Tensor& k0, const at::Tensor& q2, const at::Tensor& k2, const at::Tensor& v2,
                           const at::Tensor& mask, const at::Tensor& out) {
  const c10::cuda::CUDAGuard guard(q2.device());
  kernels::cuda::SelfAttention p{};
  p.element = element_of(q2);
  p.unit = kernels::cuda::SelfUnit::kBest;
  p.frames = q2.size(0);
  p.heads = q2.size(1);
  p.queries = q2.size(2);
  p.keys = k2.size(2);
  p.dim = q2.size(3);
  p.scale = scale_of(q2);
  p.q0 = operand(q0);
  p.k0 = operand(k0);
  p.q2 = operand(q2);
  p.k2 = operand(k2);
  p.v2 = operand(v2);
  p.out = operand(out);
  /* Both live until the launches are queued; libtorch's allocator keeps their memory to this stream. */
  const at::Tensor values = mask.defined() ? mask.to(at::kFloat).contiguous() : at::Tensor();
  const auto bytes = static_cast<int64_t>(kernels::cuda::self_attention_workspace(p.frames, p.queries));
  const at::Tensor runs = at::empty({bytes}, q2.options().dtype(at::kByte));
  p.mask = values.defined() ? values.const_data_ptr<float>() : nullptr;
  p.runs = static_cast<int32_t*>(runs.data_ptr());
  C10_CUDA_CHECK(kernels::cuda::self_attention(p, c10::cuda::getCurrentCUDAStream()));
}

}  // namespace fmk::fused::cuda
