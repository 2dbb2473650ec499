#include "model/clip/layer.h"

#include <ATen/ops/gelu.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <ATen/ops/sigmoid.h>

#include "ops/attention.h"

namespace fmk {

ClipLayer::ClipLayer(const WeightPath& at, const Sizes& sizes, bool causal)
    : heads_(sizes.heads),
      activation_(sizes.activation),
      causal_(causal),
      layer_norm1_(at / "layer_norm1", sizes.hidden, sizes.layer_norm_eps),
      q_proj_(at / "self_attn" / "q_proj", sizes.hidden, sizes.hidden),
      k_proj_(at / "self_attn" / "k_proj", sizes.hidden, sizes.hidden),
      v_proj_(at / "self_attn" / "v_proj", sizes.hidden, sizes.hidden),
      out_proj_(at / "self_attn" / "out_proj", sizes.hidden, sizes.hidden),
      layer_norm2_(at / "layer_norm2", sizes.hidden, sizes.layer_norm_eps),
      fc1_(at / "mlp" / "fc1", sizes.hidden, sizes.intermediate),
      fc2_(at / "mlp" / "fc2", sizes.intermediate, sizes.hidden) {}

at::Tensor ClipLayer::operator()(const at::Tensor& x) const {
  const at::Tensor normed = layer_norm1_(x);
  const at::Tensor attended =
      at::scaled_dot_product_attention(split_heads(q_proj_(normed), heads_), split_heads(k_proj_(normed), heads_),
                                       split_heads(v_proj_(normed), heads_), /*attn_mask=*/{}, /*dropout_p=*/0.0, causal_);
  const at::Tensor h = x + out_proj_(merge_heads(attended));
  const at::Tensor inner = fc1_(layer_norm2_(h));
  return h + fc2_(activation_ == FMK_ACTIVATION_GELU ? at::gelu(inner) : inner * at::sigmoid(1.702 * inner));
}

}  // namespace fmk
