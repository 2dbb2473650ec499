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
      bias((at / conv_index).take("bias", {channels})) {}

Biased TemporalConv::Stage::operator()(const Biased& x) const {
  return conv2d(norm.silu(x), weight, bias, /*stride=*/1, /*padding=*/at::IntArrayRef({1, 0}));
}

TemporalConv::TemporalConv(const WeightPath& at, int64_t channels, int64_t groups) : path_(at.path()) {
  stages_.emplace_back(at / "conv1", 2, channels, groups);
  /* A dropout sits before the other three convolutions and shifts their index. */
  for (const char* name : {"conv2", "conv3", "conv4"}) stages_.emplace_back(at / name, 3, channels, groups);
}

at::Tensor TemporalConv::operator()(const at::Tensor& x, const ForwardState& state) const {
  const at::Tensor together = frames_together(x, state.frames);
  Biased h{together, {}};
  for (const Stage& stage : stages_) h = stage(h);
  const at::Tensor out = frames_apart(add(h, together), x.size(2), x.size(3));
  state.trace.probe(path_, out);
  return out;
}

}  // namespace fmk
