#include "model/unet/blocks.h"

#include <ATen/ops/cat.h>

#include "core/error.h"

namespace fmk {
namespace {

int64_t heads_of(int64_t channels, int64_t head_dim, const std::string& block) {
  FMK_REQUIRE(head_dim > 0 && channels % head_dim == 0, block, ": ", channels, " channels do not divide into heads of ", head_dim);
  return channels / head_dim;
}

}  // namespace

// ---- one layer ----------------------------------------------------------------------------------------------------------------------

Layer::Layer(const WeightPath& block, int64_t index, int64_t in, int64_t out, int64_t head_dim, int32_t level,
             const BlockSettings& settings)
    : resnet_(block / "resnets" / index, in, out, settings.time_channels, settings.groups, settings.eps),
      temp_conv_(block / "temp_convs" / index, out, settings.groups) {
  if (head_dim == 0) return;
  const int64_t heads = heads_of(out, head_dim, block.path());
  attention_.emplace(block / "attentions" / index, out, settings.text_channels, head_dim, settings.groups, level);
  temp_attention_.emplace(block / "temp_attentions" / index, out, heads, head_dim, settings.groups, level, true);
}

at::Tensor Layer::operator()(const at::Tensor& x, const ForwardState& state) const {
  at::Tensor h = temp_conv_(resnet_(x, state.time, state.trace), state);
  if (attention_) h = (*temp_attention_)((*attention_)(h, state), state);
  state.trace.tick();
  return h;
}

void Layer::list(std::vector<AttentionInfo>& layers) const {
  if (!attention_) return;
  attention_->list(layers);
  temp_attention_->list(layers);
}

// ---- down ---------------------------------------------------------------------------------------------------------------------------

DownBlock::DownBlock(const WeightPath& at, int64_t count, int64_t in, int64_t out, int64_t head_dim, int32_t level, bool downsample,
                     int64_t downsample_padding, const BlockSettings& settings)
    : path_(at.path()) {
  for (int64_t i = 0; i < count; ++i) layers_.emplace_back(at, i, i == 0 ? in : out, out, head_dim, level, settings);
  if (downsample) downsampler_.emplace(at / "downsamplers" / 0 / "conv", out, out, 3, 2, downsample_padding);
}

at::Tensor DownBlock::operator()(at::Tensor x, std::vector<at::Tensor>& skips, const ForwardState& state) const {
  const size_t first = skips.size();
  for (const Layer& layer : layers_) {
    x = layer(x, state);
    skips.push_back(x);
  }
  if (downsampler_) {
    x = (*downsampler_)(x);
    state.trace.probe(path_ + ".downsamplers.0", x);
    skips.push_back(x);
  }
  for (size_t i = first; i < skips.size(); ++i) state.trace.probe(path_ + ".res." + std::to_string(i - first), skips[i]);
  state.trace.probe(path_, x);
  return x;
}

void DownBlock::list(std::vector<AttentionInfo>& layers) const {
  for (const Layer& layer : layers_) layer.list(layers);
}

// ---- mid ----------------------------------------------------------------------------------------------------------------------------

MidBlock::MidBlock(const WeightPath& at, int64_t channels, int64_t head_dim, int32_t level, double scale, const BlockSettings& settings)
    : path_(at.path()),
      resnet0_(at / "resnets" / 0, channels, channels, settings.time_channels, settings.groups, settings.eps, scale),
      temp_conv0_(at / "temp_convs" / 0, channels, settings.groups),
      attention_(at / "attentions" / 0, channels, settings.text_channels, head_dim, settings.groups, level),
      temp_attention_(at / "temp_attentions" / 0, channels, heads_of(channels, head_dim, at.path()), head_dim, settings.groups, level,
                      true),
      resnet1_(at / "resnets" / 1, channels, channels, settings.time_channels, settings.groups, settings.eps, scale),
      temp_conv1_(at / "temp_convs" / 1, channels, settings.groups) {}

at::Tensor MidBlock::operator()(at::Tensor x, const ForwardState& state) const {
  x = temp_conv0_(resnet0_(x, state.time, state.trace), state);
  x = temp_attention_(attention_(x, state), state);
  x = temp_conv1_(resnet1_(x, state.time, state.trace), state);
  state.trace.probe(path_, x);
  state.trace.tick();
  return x;
}

void MidBlock::list(std::vector<AttentionInfo>& layers) const {
  attention_.list(layers);
  temp_attention_.list(layers);
}

// ---- up -----------------------------------------------------------------------------------------------------------------------------

UpBlock::UpBlock(const WeightPath& at, int64_t count, int64_t in, int64_t previous, int64_t out, int64_t head_dim, int32_t level,
                 bool upsample, const BlockSettings& settings)
    : path_(at.path()) {
  for (int64_t i = 0; i < count; ++i) {
    const int64_t skip = i == count - 1 ? in : out;
    layers_.emplace_back(at, i, (i == 0 ? previous : out) + skip, out, head_dim, level, settings);
  }
  if (upsample) upsampler_.emplace(at / "upsamplers" / 0 / "conv", out, out, 3);
}

at::Tensor UpBlock::operator()(at::Tensor x, std::vector<at::Tensor>& skips, const ForwardState& state) const {
  for (const Layer& layer : layers_) {
    x = layer(at::cat({x, skips.back()}, 1), state);
    skips.pop_back();
  }
  if (upsampler_) {
    const at::Tensor& next = skips.back();
    x = (*upsampler_)(upsample_nearest(x, next.size(2), next.size(3)));
    state.trace.probe(path_ + ".upsamplers.0", x);
  }
  state.trace.probe(path_, x);
  return x;
}

void UpBlock::list(std::vector<AttentionInfo>& layers) const {
  for (const Layer& layer : layers_) layer.list(layers);
}

}  // namespace fmk
