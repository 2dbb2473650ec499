#pragma once

#include <optional>
#include <vector>

#include "model/resnet.h"
#include "model/unet/temporal_conv.h"
#include "model/unet/transformer_2d.h"
#include "model/unet/transformer_temporal.h"

namespace fmk {

/* What all blocks of one UNet share. */
struct BlockSettings {
  int64_t time_channels;
  int64_t text_channels;
  int64_t groups;
  double eps;
};

/* resnet, temporal convolution and, in an attention block, spatial and temporal transformer. */
class Layer {
 public:
  /* head_dim 0: no transformers */
  Layer(const WeightPath& block, int64_t index, int64_t in, int64_t out, int64_t head_dim, int32_t level, const BlockSettings& settings);
  at::Tensor operator()(const at::Tensor& x, const ForwardState& state) const;
  void list(std::vector<AttentionInfo>& layers) const;

 private:
  Resnet resnet_;
  TemporalConv temp_conv_;
  std::optional<Transformer2d> attention_;
  std::optional<TransformerTemporal> temp_attention_;
};

/* CrossAttnDownBlock3D and DownBlock3D. */
class DownBlock {
 public:
  DownBlock(const WeightPath& at, int64_t count, int64_t in, int64_t out, int64_t head_dim, int32_t level, bool downsample,
            int64_t downsample_padding, const BlockSettings& settings);
  /* Appends the output of every layer, and of the downsampler, to skips. */
  at::Tensor operator()(at::Tensor x, std::vector<at::Tensor>& skips, const ForwardState& state) const;
  void list(std::vector<AttentionInfo>& layers) const;

 private:
  std::string path_;
  std::vector<Layer> layers_;
  std::optional<Conv2d> downsampler_;
};

/* UNetMidBlock3DCrossAttn. */
class MidBlock {
 public:
  MidBlock(const WeightPath& at, int64_t channels, int64_t head_dim, int32_t level, double scale, const BlockSettings& settings);
  at::Tensor operator()(at::Tensor x, const ForwardState& state) const;
  void list(std::vector<AttentionInfo>& layers) const;

 private:
  std::string path_;
  Resnet resnet0_;
  TemporalConv temp_conv0_;
  Transformer2d attention_;
  TransformerTemporal temp_attention_;
  Resnet resnet1_;
  TemporalConv temp_conv1_;
};

/* CrossAttnUpBlock3D and UpBlock3D. */
class UpBlock {
 public:
  /* in: channels of the block that comes next (its skips), previous: channels of x */
  UpBlock(const WeightPath& at, int64_t count, int64_t in, int64_t previous, int64_t out, int64_t head_dim, int32_t level, bool upsample,
          const BlockSettings& settings);
  /* Takes its skips from the end of skips, and upsamples to the size of the skip that the next block starts with: twice the size, or one
   * less where the level is odd. */
  at::Tensor operator()(at::Tensor x, std::vector<at::Tensor>& skips, const ForwardState& state) const;
  void list(std::vector<AttentionInfo>& layers) const;

 private:
  std::string path_;
  std::vector<Layer> layers_;
  std::optional<Conv2d> upsampler_;
};

}  // namespace fmk
