#pragma once

#include "core/context.h"
#include "model/clip/text_encoder.h"

namespace fmk {

/* Fails naming the field that is out of range. */
void check_text_config(const fmk_text_encoder_config_t& config);

/* The ids [B,L] that a descriptor names, checked against the model, on the context's device. */
at::Tensor token_ids(const fmk_tensor_desc_t* ids, const TextEncoder& model, const fmk_context& context);

}  // namespace fmk
