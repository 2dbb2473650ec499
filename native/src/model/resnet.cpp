#include "model/resnet.h"

namespace fmk {

Resnet::Resnet(const WeightPath& at, int64_t in, int64_t out, int64_t time_channels, int64_t groups, double eps, double scale)
    : path_(at.path()),
      norm1_(at / "norm1", groups, in, eps),
      conv1_(at / "conv1", in, out, 3),
      norm2_(at / "norm2", groups, out, eps),
      conv2_(at / "conv2", out, out, 3),
      scale_(scale) {
  if (time_channels > 0) {
    const WeightPath path = at / "time_emb_proj";
    time_emb_proj_.emplace(path.take("weight", {out, time_channels}), path.take("bias", {out}) + conv1_.bias());
  }
  if (in != out) {
    const WeightPath path = at / "conv_shortcut";
    conv_shortcut_.emplace(path.take("weight", {out, in, 1, 1}).view({out, in}), path.take("bias", {out}) + conv2_.bias());
    conv2_.set_bias({});
  }
}

at::Tensor Resnet::operator()(const at::Tensor& x, const at::Tensor& time, const Trace& trace) const {
  /* One timestep for the whole batch: its embedding is added to every pixel of every item, as a bias is. */
  const at::Tensor bias = time_emb_proj_ ? (*time_emb_proj_)(time)[0] : conv1_.bias();
  const Biased h = conv2_.biased(norm2_.silu(conv1_.biased(norm1_.silu(x), bias)));
  at::Tensor out = conv_shortcut_ ? to_image(conv_shortcut_->add(to_tokens(x), to_tokens(h.value)), x.size(2), x.size(3)) : add(h, x);
  if (scale_ != 1.0) out = out / scale_;
  trace.probe(path_, out);
  return out;
}

}  // namespace fmk
