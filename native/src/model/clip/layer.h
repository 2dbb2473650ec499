#pragma once

#include <fmk/fmk.h>

#include "model/layers.h"

namespace fmk {

/* One pre-norm layer of a CLIP tower: self attention, then a two-layer perceptron. */
class ClipLayer {
 public:
  struct Sizes {
    int64_t hidden;
    int64_t intermediate;
    int64_t heads;
    int32_t activation; /* enum fmk_activation */
    double layer_norm_eps;
  };

  /* causal: a position sees only itself and those before it, as in the text tower */
  ClipLayer(const WeightPath& at, const Sizes& sizes, bool causal);
  /* x [B,L,C] -> the same */
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  int64_t heads_;
  int32_t activation_;
  bool causal_;
  LayerNorm layer_norm1_;
  Linear q_proj_;
  Linear k_proj_;
  Linear v_proj_;
  Linear out_proj_;
  LayerNorm layer_norm2_;
  Linear fc1_;
  Linear fc2_;
};

}  // namespace fmk
