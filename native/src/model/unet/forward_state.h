#pragma once

#include <ATen/core/Tensor.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/trace.h"
#include "model/unet/attention_info.h"
#include "model/unet/source_states.h"
#include "ops/masked_attention.h"

namespace fmk {

/* The checked, on-device form of fmk_attention_plan_t. */
struct Plan {
  /* Masks by level (h,w): [F,h*w] f32. Empty = no mask. */
  using Masks = std::map<std::pair<int64_t, int64_t>, at::Tensor>;

  int32_t source = FMK_SOURCE_ITEM;
  int64_t source_item = 0;
  int64_t edit_item = 2;
  int32_t cross_mode = FMK_CROSS_OFF;
  int32_t self_mode = FMK_SELF_OFF;
  int32_t temporal_mode = FMK_TEMPORAL_OFF;
  int32_t temporal_polarity = FMK_POLARITY_SOURCE_INSIDE;
  int64_t cross_max_tokens = 0;
  int64_t self_max_tokens = 0;
  int64_t temporal_max_tokens = 0;
  CrossControl cross;
  Masks cross_masks;
  Masks self_masks;
  Masks temporal_masks;

  /* Checks a plan from the C interface against the batch it is for. */
  static Plan from(const fmk_attention_plan_t& plan, int64_t batch, int64_t frames, int64_t tokens, c10::Device device);

  /* Whether it fuses a layer, of so many query positions (h*w). */
  bool controls(const AttentionInfo& layer, int64_t pixels) const;

  /* Its tensors: what differs between steps that are the same otherwise. */
  std::vector<at::Tensor*> tensors();

  /* All else about it, in words. */
  std::string kind() const;

  /* The mask of a level, undefined when there are none; one that is missing among others is an error naming the layer. */
  static at::Tensor mask(const Masks& masks, int64_t height, int64_t width, const std::string& layer);
};

/* Word maps asked for: fmk_word_capture_t. */
struct WordMaps {
  int64_t item = 0;
  std::vector<at::Tensor> groups; /* token indices of each group, I64 on the device */
  std::vector<at::Tensor> maps;   /* out: by cross layer [G,F,h,w] f32 */

  /* Begins another forward pass. */
  void clear();

  /* Adds the maps of the next layer, zeros. Those of many layers are filled at once: on a GPU each filling costs as much as a small layer.
   */
  at::Tensor next(int64_t frames, int64_t height, int64_t width, at::Device device);

 private:
  at::Tensor room_; /* zeros that are not given out yet */
};

/* What every block of one forward pass sees. */
struct ForwardState {
  int64_t batch;    /* B */
  int64_t frames;   /* F */
  at::Tensor time;  /* [1,4*C0], time embedding after SiLU */
  at::Tensor text;  /* [B,L,D] */
  const Plan* plan; /* or nullptr */
  WordMaps* words;  /* or nullptr */
  /* What the plan's source is recorded to or comes from; nullptr where it is an item. */
  const SourceStates* source;
  AttentionRoute& attention;
  const Trace& trace;
};

}  // namespace fmk
