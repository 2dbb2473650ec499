#pragma once

#include "ops/masked_attention.h"

/* The definitions of the operations of masked_attention.h, written to be read: what the kernels are tested against. Same letters. */
namespace fmk::reference {

/* a[n] * sum_w p0[.,w] R[w,n] + (1-a[n]) p2[.,n]; p0, p2 [..,L]. */
at::Tensor map_tokens(const at::Tensor& p0, const at::Tensor& p2, const CrossControl& control);

/* -> [F,H,N,D] */
at::Tensor masked_cross_attention(const at::Tensor& q0, const at::Tensor& k0, const at::Tensor& q2, const at::Tensor& k2,
                                  const at::Tensor& v2, const at::Tensor& mask, const CrossControl& control);

/* -> [F,H,N,D] */
at::Tensor masked_self_attention(const at::Tensor& q0, const at::Tensor& k0, const at::Tensor& q2, const at::Tensor& k2,
                                 const at::Tensor& v2, const at::Tensor& mask);

/* -> [G,F,N] f32 */
at::Tensor word_maps(const at::Tensor& q, const at::Tensor& k, const std::vector<at::Tensor>& groups);

/* -> [N,H,F,D] */
at::Tensor masked_temporal_attention(const at::Tensor& q0, const at::Tensor& k0, const at::Tensor& q2, const at::Tensor& k2,
                                     const at::Tensor& v2, const at::Tensor& mask, int32_t mode, int32_t polarity);

}  // namespace fmk::reference
