#include "model/resnet.h"

#include <ATen/ops/silu.h>

namespace fmk {

Resnet::Resnet(const WeightPath& at, int64_t in, int64_t out, int64_t time_channels, int64_t groups, double eps, double scale)
    : path_(at.path()),
      norm1_(at / "norm1", groups, in, eps),
      conv1_(at / "conv1", in, out, 3),
      norm2_(at / "norm2", groups, out, eps),
      conv2_(at / "conv2", out, out, 3),
      scale_(scale) {
  if (time_channels > 0) time_emb_proj_.emplace(at / "time_emb_proj", time_channels, out);
  if (in != out) conv_shortcut_.emplace(at / "conv_shortcut", in, out, 1);
}

at::Tensor Resnet::operator()(const at::Tensor& x, const at::Tensor& time, const Trace& trace) const {
  at::Tensor h = norm1_(x);
  h = conv1_(at::silu_(h));
  /* One timestep for the whole batch: [1,C] is added to every frame of every item. */
  if (time_emb_proj_) h = h + (*time_emb_proj_)(time).unsqueeze(2).unsqueeze(3);
  h = norm2_(h);
  h = conv2_(at::silu_(h));
  at::Tensor out = (conv_shortcut_ ? (*conv_shortcut_)(x) : x) + h;
  if (scale_ != 1.0) out = out / scale_;
  trace.probe(path_, out);
  return out;
}

}  // namespace fmk
