#include "model/unet/transformer_2d.h"

namespace fmk {
namespace {

constexpr double kNormEps = 1e-6;

}  // namespace

Transformer2d::Transformer2d(const WeightPath& at, int64_t channels, int64_t text_channels, int64_t head_dim, int64_t groups, int32_t level)
    : path_(at.path()),
      norm_(at / "norm", groups, channels, kNormEps),
      proj_in_(at / "proj_in", channels, channels),
      norm1_(at / "transformer_blocks" / 0 / "norm1", channels),
      attn1_(at / "transformer_blocks" / 0 / "attn1", channels, channels / head_dim, head_dim, level),
      norm2_(at / "transformer_blocks" / 0 / "norm2", channels),
      attn2_(at / "transformer_blocks" / 0 / "attn2", channels, text_channels, channels / head_dim, head_dim, level),
      norm3_(at / "transformer_blocks" / 0 / "norm3", channels),
      ff_(at / "transformer_blocks" / 0 / "ff", channels),
      proj_out_(at / "proj_out", channels, channels) {}

at::Tensor Transformer2d::operator()(const at::Tensor& x, const ForwardState& state) const {
  const Trace& trace = state.trace;
  const std::string block = path_ + ".transformer_blocks.0";
  const int64_t height = x.size(2);
  const int64_t width = x.size(3);
  const auto probed = [&](const std::string& name, const at::Tensor& value) {
    trace.probe(name, value);
    return value;
  };

  at::Tensor h = to_tokens(probed(path_ + ".norm", norm_(x)));
  h = probed(path_ + ".proj_in", proj_in_(h));
  h = attn1_.add(probed(block + ".norm1", norm1_(h)), h, height, width, state);
  h = attn2_.add(probed(block + ".norm2", norm2_(h)), h, height, width, state);
  const at::Tensor last = probed(block + ".norm3", norm3_(h));
  trace.probe(block + ".ff", [&] { return ff_(last); });
  h = ff_.add(last, h);
  trace.probe(block, h);
  trace.probe(path_ + ".proj_out", [&] { return proj_out_(h); });
  return probed(path_, to_image(proj_out_.add(h, to_tokens(x)), height, width));
}

void Transformer2d::list(std::vector<AttentionInfo>& layers) const {
  layers.push_back(attn1_.info());
  layers.push_back(attn2_.info());
}

}  // namespace fmk
