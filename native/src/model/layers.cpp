#include "model/layers.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>

#include "core/error.h"

namespace fmk {
namespace {

/* Most bytes of the widest value inside a feed-forward layer. A token's result depends on no other token, and at the finest level all
 * tokens of a clip together would take eight times their size. */
constexpr int64_t kSliceBytes = int64_t{64} << 20;
constexpr int64_t kSliceRows = 128; /* a slice is a multiple of it */

}  // namespace

Linear::Linear(const WeightPath& at, int64_t in, int64_t out, bool bias) : weight_(at.take("weight", {out, in})) {
  if (bias) bias_ = at.take("bias", {out});
}

at::Tensor Linear::operator()(const at::Tensor& x) const { return at::linear(x, weight_, bias_); }

at::Tensor Linear::add(const at::Tensor& x, const at::Tensor& residual, const at::Tensor& out) const {
  at::Tensor result = out.defined() ? out : at::empty_like(residual, at::MemoryFormat::Contiguous);
  linear_add(x, weight_, bias_, residual, result);
  return result;
}

StackedLinear::StackedLinear(const WeightPath& at, std::initializer_list<const char*> names, int64_t in, int64_t out) : out_(out) {
  std::vector<at::Tensor> weights;
  for (const char* name : names) weights.push_back((at / name).take("weight", {out, in}));
  weight_ = at::cat(weights);
}

std::vector<at::Tensor> StackedLinear::operator()(const at::Tensor& x) const { return at::linear(x, weight_).split(out_, -1); }

Conv2d::Conv2d(const WeightPath& at, int64_t in, int64_t out, int64_t kernel, int64_t stride, int64_t padding, bool bias)
    : weight_(at.take("weight", {out, in, kernel, kernel}).contiguous(at::MemoryFormat::ChannelsLast)),
      stride_(stride),
      padding_(padding < 0 ? kernel / 2 : padding) {
  if (bias) bias_ = at.take("bias", {out});
}

at::Tensor Conv2d::operator()(const at::Tensor& x) const { return at::conv2d(x, weight_, bias_, stride_, padding_); }

Biased Conv2d::biased(const at::Tensor& x, const at::Tensor& bias) const { return conv2d(x, weight_, bias, stride_, padding_); }

GroupNorm::GroupNorm(const WeightPath& at, int64_t groups, int64_t channels, double eps)
    : weight_(at.take("weight", {channels})), bias_(at.take("bias", {channels})), groups_(groups), eps_(eps) {
  FMK_REQUIRE(groups > 0 && channels % groups == 0, at.path(), ": ", channels, " channels do not divide into ", groups, " groups");
}

LayerNorm::LayerNorm(const WeightPath& at, int64_t channels, double eps)
    : weight_(at.take("weight", {channels})), bias_(at.take("bias", {channels})), eps_(eps) {}

FeedForward::FeedForward(const WeightPath& at, int64_t channels)
    : in_(at / "net" / 0 / "proj", channels, 8 * channels), out_(at / "net" / 2, 4 * channels, channels) {}

at::Tensor FeedForward::operator()(const at::Tensor& x) const { return add(x, at::zeros_like(x)); }

at::Tensor FeedForward::add(const at::Tensor& x, const at::Tensor& residual) const {
  const int64_t channels = x.size(-1);
  const at::Tensor rows = x.reshape({-1, channels});
  const at::Tensor base = residual.reshape({-1, channels});
  const at::Tensor out = at::empty_like(base);
  const int64_t row_bytes = 8 * channels * static_cast<int64_t>(x.element_size());
  const int64_t slice = std::max<int64_t>(1, kSliceBytes / row_bytes / kSliceRows) * kSliceRows;
  for (int64_t first = 0; first < rows.size(0); first += slice) {
    const int64_t count = std::min(slice, rows.size(0) - first);
    const auto part = [&](const at::Tensor& t) { return t.narrow(0, first, count); };
    out_.add(geglu(in_(part(rows))), part(base), part(out));
  }
  return out.view(x.sizes());
}

at::Tensor to_tokens(const at::Tensor& x) {
  return x.permute({0, 2, 3, 1}).contiguous().view({x.size(0), x.size(2) * x.size(3), x.size(1)});
}

at::Tensor to_image(const at::Tensor& tokens, int64_t height, int64_t width) {
  return tokens.contiguous().view({tokens.size(0), height, width, tokens.size(2)}).permute({0, 3, 1, 2});
}

}  // namespace fmk
