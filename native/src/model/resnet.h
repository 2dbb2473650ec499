#pragma once

#include <optional>

#include "core/trace.h"
#include "model/layers.h"

namespace fmk {

/* ResnetBlock2D on each frame, with a time embedding (UNet) or without (VAE). */
class Resnet {
 public:
  /* time_channels 0: no time embedding */
  Resnet(const WeightPath& at, int64_t in, int64_t out, int64_t time_channels, int64_t groups, double eps, double scale = 1.0);
  /* x [B,in,h,w], time [1,time_channels] after SiLU or undefined -> [B,out,h,w] */
  at::Tensor operator()(const at::Tensor& x, const at::Tensor& time, const Trace& trace) const;

 private:
  std::string path_;
  GroupNorm norm1_;
  Conv2d conv1_;
  std::optional<Linear> time_emb_proj_; /* its bias holds conv1's, which it takes the place of */
  GroupNorm norm2_;
  Conv2d conv2_;
  std::optional<Linear> conv_shortcut_; /* 1x1: a product by pixel; its bias holds conv2's, which has none then */
  double scale_;
};

}  // namespace fmk
