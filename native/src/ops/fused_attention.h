#pragma once

#include "kernels/kernel_table.h"
#include "ops/masked_attention.h"

/* The operations of masked_attention.h by the kernels of one instruction set, on libtorch's thread pool. The caller has checked what
 * attention_checks.h asks for. */
namespace fmk::fused {

/* Without control: q and out [N,H,Q,D], k and v [N,H,K,D]. */
void attention(const kernels::KernelTable& kernels, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const at::Tensor& out);

void masked_self_attention(const kernels::KernelTable& kernels, const at::Tensor& q0, const at::Tensor& k0, const at::Tensor& q2,
                           const at::Tensor& k2, const at::Tensor& v2, const at::Tensor& mask, const at::Tensor& out);

void masked_cross_attention(const kernels::KernelTable& kernels, const at::Tensor& q0, const at::Tensor& k0, const at::Tensor& q2,
                            const at::Tensor& k2, const at::Tensor& v2, const at::Tensor& mask, const CrossControl& control,
                            const at::Tensor& out);

void captured_cross_attention(const kernels::KernelTable& kernels, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                              const std::vector<at::Tensor>& groups, const at::Tensor& out, const at::Tensor& maps);

void temporal_attention(const kernels::KernelTable& kernels, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                        const at::Tensor& out);

void masked_temporal_attention(const kernels::KernelTable& kernels, const at::Tensor& q0, const at::Tensor& k0, const at::Tensor& q2,
                               const at::Tensor& k2, const at::Tensor& v2, const at::Tensor& mask, int32_t mode, int32_t polarity,
                               const at::Tensor& out);

}  // namespace fmk::fused
