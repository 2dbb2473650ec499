#pragma once

#include <vector>

#include "core/trace.h"
#include "model/layers.h"

namespace fmk {

/* One pre-norm layer of CLIP's text tower: causal self attention, then a two-layer perceptron. */
class ClipLayer {
 public:
  ClipLayer(const WeightPath& at, const fmk_text_encoder_config_t& config);
  /* x [B,L,C] -> the same */
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  int64_t heads_;
  int32_t activation_; /* enum fmk_activation */
  LayerNorm layer_norm1_;
  Linear q_proj_;
  Linear k_proj_;
  Linear v_proj_;
  Linear out_proj_;
  LayerNorm layer_norm2_;
  Linear fc1_;
  Linear fc2_;
};

/* CLIPTextModel of transformers, with any number of layers. */
class TextEncoder {
 public:
  TextEncoder(const WeightPath& at, const fmk_text_encoder_config_t& config);
  /* ids [B,L] I64 on the device -> [B,L,C], after the final norm */
  at::Tensor forward(const at::Tensor& ids, const Trace& trace) const;
  int64_t max_positions() const { return position_embedding_.size(0); }
  int64_t vocabulary() const { return token_embedding_.size(0); }

 private:
  /* The final state at each prompt's end token. */
  at::Tensor pooled(const at::Tensor& ids, const at::Tensor& hidden) const;

  int32_t eos_token_id_;
  at::Tensor token_embedding_;    /* [V,C] */
  at::Tensor position_embedding_; /* [P,C] */
  std::vector<ClipLayer> layers_;
  LayerNorm final_layer_norm_;
};

/* Strips the prefix "text_model." and drops the position_ids buffer that older checkpoints carry. */
WeightReader::Tensors text_encoder_weights(const WeightReader::Tensors& stored);

}  // namespace fmk
