#pragma once

#include "model/unet/blocks.h"
#include "model/unet/time_embedding.h"

namespace fmk {

/* UNet3DConditionModel of diffusers (models/unets/unet_3d_condition.py): ModelScope's text-to-video UNet. */
class UNet3d {
 public:
  UNet3d(const WeightPath& at, const fmk_unet_config_t& config);

  /* The timestep as the model reads it: t -> [1,C0] f32 */
  at::Tensor time(double timestep) const { return time_projection_(timestep); }

  /* latents [B,C,F,H,W] and text [B,L,D] in the model's dtype, time [1,C0] f32 -> noise [B,C,F,H,W]. Nothing waits for the device. */
  at::Tensor forward(const at::Tensor& latents, const at::Tensor& text, const at::Tensor& time, const Plan* plan, WordMaps* words,
                     const SourceStates* source, AttentionRoute& attention, const Trace& trace) const;

  /* In execution order. */
  const std::vector<AttentionInfo>& attention_layers() const { return attention_layers_; }
  int64_t in_channels() const { return in_channels_; }
  int64_t text_channels() const { return text_channels_; }

 private:
  int64_t in_channels_;
  int64_t text_channels_;
  int64_t base_channels_;
  TimeProjection time_projection_;
  Conv2d conv_in_;
  TimeEmbedding time_embedding_;
  TransformerTemporal transformer_in_;
  std::vector<DownBlock> down_blocks_;
  std::optional<MidBlock> mid_block_;
  std::vector<UpBlock> up_blocks_;
  GroupNorm conv_norm_out_;
  Conv2d conv_out_;
  std::vector<AttentionInfo> attention_layers_;
};

}  // namespace fmk
