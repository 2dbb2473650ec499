#include "model/unet/temporal_conv.h"

#include "model/unet/video_layout.h"

namespace fmk {
namespace {

/* PyTorch's default: the model's norm_eps is not handed to these norms. */
constexpr double kNormEps = 1e-5;

}  // namespace

TemporalConv::Stage::Stage(const WeightPath& at, int64_t conv_index, int64_t channels, int64_t groups)
    : norm(at / 0, groups, channels, kNormEps),
      weight((at / conv_index).take("weight", {channels, channels, 3, 1, 1}).squeeze(4).contiguous(at::MemoryFormat::ChannelsLast)),
      bias((at / conv_index).take("bias", {channels})),
      product(weight.permute({0, 2, 3, 1}).view({channels, 3 * channels}), bias) {}

Biased TemporalConv::Stage::operator()(const Biased& x) const {
  if (takes_frame_product(x.value)) return {to_image(product(norm.silu_frames(x)), x.value.size(2), x.value.size(3)), {}};
  return conv2d(norm.silu(x), weight, bias, /*stride=*/1, /*padding=*/at::IntArrayRef({1, 0}));
}

at::Tensor TemporalConv::Stage::add(const Biased& x, const at::Tensor& residual) const {
  if (takes_frame_product(x.value)) {
    return to_image(product.add(norm.silu_frames(x), to_tokens(residual)), residual.size(2), residual.size(3));
  }
  return fmk::add((*this)(x), residual);
}

TemporalConv::TemporalConv(const WeightPath& at, int64_t channels, int64_t groups) : path_(at.path()) {
  stages_.emplace_back(at / "conv1", 2, channels, groups);
  /* A dropout sits before the other three convolutions and shifts their index. */
  for (const char* name : {"conv2", "conv3", "conv4"}) stages_.emplace_back(at / name, 3, channels, groups);
}

at::Tensor TemporalConv::operator()(const at::Tensor& x, const ForwardState& state) const {
  const at::Tensor together = frames_together(x, state.frames);
  Biased h{together, {}};
  for (size_t i = 0; i + 1 < stages_.size(); ++i) h = stages_[i](h);
  const at::Tensor out = frames_apart(stages_.back().add(h, together), x.size(2), x.size(3));
  state.trace.probe(path_, out);
  return out;
}

}  // namespace fmk
