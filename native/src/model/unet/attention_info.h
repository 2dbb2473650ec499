#pragma once

#include <cstdint>
#include <string>

namespace fmk {

/* Name, heads and place of one attention layer: what fmk_unet_attention_layer tells. */
struct AttentionInfo {
  int32_t kind;  /* enum fmk_attention_kind */
  int32_t level; /* halvings of the latent grid */
  int64_t heads;
  int64_t head_dim;
  bool controlled;
  std::string name;
};

}  // namespace fmk
