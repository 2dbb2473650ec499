#pragma once

#include <vector>

#include "core/trace.h"
#include "model/clip/layer.h"

namespace fmk {

/* CLIPTextModel of transformers, with any number of layers. */
class TextEncoder {
 public:
  TextEncoder(const WeightPath& at, const fmk_text_encoder_config_t& config);
  /* ids [B,L] I64 on the device -> [B,L,C], after the final norm */
  at::Tensor forward(const at::Tensor& ids, const Trace& trace) const;
  /* ids [B,L], hidden [B,L,C] from forward -> the state at each row's end token [B,C] */
  at::Tensor pooled(const at::Tensor& ids, const at::Tensor& hidden) const;
  int64_t max_positions() const { return position_embedding_.size(0); }
  int64_t vocabulary() const { return token_embedding_.size(0); }

 private:
  int32_t eos_token_id_;
  at::Tensor token_embedding_;    /* [V,C] */
  at::Tensor position_embedding_; /* [P,C] */
  std::vector<ClipLayer> layers_;
  LayerNorm final_layer_norm_;
};

/* Strips the prefix "text_model." and drops the position_ids buffer that older checkpoints carry. */
WeightReader::Tensors text_encoder_weights(const WeightReader::Tensors& stored);

}  // namespace fmk
