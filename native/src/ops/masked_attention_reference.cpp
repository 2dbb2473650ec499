#include "ops/masked_attention_reference.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/stack.h>

#include "ops/attention.h"

namespace fmk::reference {
namespace {

/* m * inside + (1-m) * outside, in the dtype of the operands. */
at::Tensor blend(const at::Tensor& m, const at::Tensor& inside, const at::Tensor& outside) {
  const at::Tensor weight = m.to(inside.scalar_type());
  return weight * inside + (1 - weight) * outside;
}

}  // namespace

at::Tensor map_tokens(const at::Tensor& p0, const at::Tensor& p2, const CrossControl& control) {
  const at::Tensor mapped = control.matrix.defined() ? at::matmul(p0, control.matrix.to(p0.scalar_type())) : p0;
  return control.weights.defined() ? blend(control.weights, mapped, p2) : mapped;
}

at::Tensor masked_cross_attention(const at::Tensor& q0, const at::Tensor& k0, const at::Tensor& q2, const at::Tensor& k2,
                                  const at::Tensor& v2, const at::Tensor& mask, const CrossControl& control) {
  const at::Tensor p0 = attention_probabilities(q0, k0);
  const at::Tensor p2 = attention_probabilities(q2, k2);
  const at::Tensor m = mask.defined() ? mask.view({mask.size(0), 1, mask.size(1), 1}) : mask;
  at::Tensor b;
  if (!m.defined()) {
    b = map_tokens(p0, p2, control);
  } else if (control.mode == FMK_CROSS_MAP_THEN_BLEND) {
    b = blend(m, p2, map_tokens(p0, p2, control));
  } else {
    b = map_tokens(blend(m, p2, p0), p2, control);
  }
  if (control.equalizer.defined()) b = b * control.equalizer.to(b.scalar_type());
  if (control.alpha.defined()) b = blend(control.alpha, b, p2);
  return at::matmul(b, v2);
}

at::Tensor masked_self_attention(const at::Tensor& q0, const at::Tensor& k0, const at::Tensor& q2, const at::Tensor& k2,
                                 const at::Tensor& v2, const at::Tensor& mask) {
  /* Blending the maps by query row and then multiplying by V2 is blending the two products: no N x N map has to exist. */
  const at::Tensor source = attention(q0, k0, v2);
  if (!mask.defined()) return source;
  return blend(mask.view({mask.size(0), 1, mask.size(1), 1}), attention(q2, k2, v2), source);
}

at::Tensor word_maps(const at::Tensor& q, const at::Tensor& k, const std::vector<at::Tensor>& groups) {
  const at::Tensor p = attention_probabilities(q, k).mean(1);  // [F,N,L]
  std::vector<at::Tensor> maps;
  for (const at::Tensor& tokens : groups) maps.push_back(p.index_select(2, tokens).to(at::kFloat).sum(2));
  return at::stack(maps);
}

at::Tensor masked_temporal_attention(const at::Tensor& q0, const at::Tensor& k0, const at::Tensor& q2, const at::Tensor& k2,
                                     const at::Tensor& v2, const at::Tensor& mask, int32_t mode, int32_t polarity) {
  at::Tensor edit;  // 1 where the edit is taken, by pixel and frame
  if (mask.defined()) {
    const at::Tensor m = mask.view({mask.size(0), 1, mask.size(1), 1});
    edit = polarity == FMK_POLARITY_EDIT_INSIDE ? m : 1 - m;
  }
  if (mode == FMK_TEMPORAL_QK) {
    if (!edit.defined()) return attention(q0, k0, v2);
    return attention(blend(edit, q2, q0), blend(edit, k2, k0), v2);
  }
  const at::Tensor source = attention(q0, k0, v2);
  return edit.defined() ? blend(edit, attention(q2, k2, v2), source) : source;
}

}  // namespace fmk::reference
