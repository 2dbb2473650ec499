#pragma once

#include <ATen/core/Tensor.h>

namespace fmk {

/*
 * Attention without control. q [N,H,Q,D], k and v [N,H,K,D], any float dtype, any strides; scale D^-0.5. -> [N,H,Q,D].
 * Very short sequences (temporal attention) go through two batched products: libtorch's fused kernel takes twice the time there.
 */
at::Tensor attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v);

/* softmax(q k^T D^-0.5) [N,H,Q,K], in the dtype of q. */
at::Tensor attention_probabilities(const at::Tensor& q, const at::Tensor& k);

/* [B,S,H*D] -> [B,H,S,D], a view. */
at::Tensor split_heads(const at::Tensor& x, int64_t heads);

/* [B,H,S,D] -> [B,S,H*D] */
at::Tensor merge_heads(const at::Tensor& x);

}  // namespace fmk
