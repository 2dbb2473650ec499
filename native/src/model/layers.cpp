#include "model/layers.h"

#include <ATen/ops/conv2d.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/group_norm.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/linear.h>

#include <algorithm>

#include "core/error.h"

namespace fmk {
namespace {

/* Most bytes of the widest value inside a feed-forward layer. A token's result depends on no other token, and at the finest level all
 * tokens of a clip together would take eight times their size. */
constexpr int64_t kSliceBytes = int64_t{64} << 20;

}  // namespace

Linear::Linear(const WeightPath& at, int64_t in, int64_t out, bool bias) : weight_(at.take("weight", {out, in})) {
  if (bias) bias_ = at.take("bias", {out});
}

at::Tensor Linear::operator()(const at::Tensor& x) const { return at::linear(x, weight_, bias_); }

Conv2d::Conv2d(const WeightPath& at, int64_t in, int64_t out, int64_t kernel, int64_t stride, int64_t padding, bool bias)
    : weight_(at.take("weight", {out, in, kernel, kernel}).contiguous(at::MemoryFormat::ChannelsLast)),
      stride_(stride),
      padding_(padding < 0 ? kernel / 2 : padding) {
  if (bias) bias_ = at.take("bias", {out});
}

at::Tensor Conv2d::operator()(const at::Tensor& x) const { return at::conv2d(x, weight_, bias_, stride_, padding_); }

GroupNorm::GroupNorm(const WeightPath& at, int64_t groups, int64_t channels, double eps)
    : weight_(at.take("weight", {channels})), bias_(at.take("bias", {channels})), groups_(groups), eps_(eps) {
  FMK_REQUIRE(groups > 0 && channels % groups == 0, at.path(), ": ", channels, " channels do not divide into ", groups, " groups");
}

at::Tensor GroupNorm::operator()(const at::Tensor& x) const { return at::group_norm(x, groups_, weight_, bias_, eps_); }

LayerNorm::LayerNorm(const WeightPath& at, int64_t channels, double eps)
    : weight_(at.take("weight", {channels})), bias_(at.take("bias", {channels})), eps_(eps) {}

at::Tensor LayerNorm::operator()(const at::Tensor& x) const { return at::layer_norm(x, weight_.sizes(), weight_, bias_, eps_); }

FeedForward::FeedForward(const WeightPath& at, int64_t channels)
    : in_(at / "net" / 0 / "proj", channels, 8 * channels), out_(at / "net" / 2, 4 * channels, channels) {}

at::Tensor FeedForward::operator()(const at::Tensor& x) const {
  const int64_t channels = x.size(-1);
  const at::Tensor rows = x.reshape({-1, channels});
  const int64_t row_bytes = 8 * channels * static_cast<int64_t>(x.element_size());
  const int64_t slice = std::max<int64_t>(1, kSliceBytes / row_bytes);
  if (rows.size(0) <= slice) return geglu(rows).view(x.sizes());
  at::Tensor out = at::empty_like(rows);
  for (int64_t first = 0; first < rows.size(0); first += slice) {
    const int64_t count = std::min(slice, rows.size(0) - first);
    out.narrow(0, first, count).copy_(geglu(rows.narrow(0, first, count)));
  }
  return out.view(x.sizes());
}

at::Tensor FeedForward::geglu(const at::Tensor& rows) const {
  const std::vector<at::Tensor> halves = in_(rows).chunk(2, -1);
  return out_(at::gelu(halves[1]).mul_(halves[0]));
}

at::Tensor to_tokens(const at::Tensor& x) {
  return x.permute({0, 2, 3, 1}).contiguous().view({x.size(0), x.size(2) * x.size(3), x.size(1)});
}

at::Tensor to_image(const at::Tensor& tokens, int64_t height, int64_t width) {
  return tokens.contiguous().view({tokens.size(0), height, width, tokens.size(2)}).permute({0, 3, 1, 2});
}

}  // namespace fmk
