#include "model/unet/transformer_temporal.h"

#include "model/unet/video_layout.h"

namespace fmk {
namespace {

constexpr double kNormEps = 1e-6;

}  // namespace

TransformerTemporal::TransformerTemporal(const WeightPath& at, int64_t channels, int64_t heads, int64_t head_dim, int64_t groups,
                                         int32_t level, bool controlled)
    : path_(at.path()),
      norm_(at / "norm", groups, channels, kNormEps),
      proj_in_(at / "proj_in", channels, heads * head_dim),
      norm1_(at / "transformer_blocks" / 0 / "norm1", heads * head_dim),
      attn1_(at / "transformer_blocks" / 0 / "attn1", heads * head_dim, heads, head_dim, level, controlled),
      norm2_(at / "transformer_blocks" / 0 / "norm2", heads * head_dim),
      attn2_(at / "transformer_blocks" / 0 / "attn2", heads * head_dim, heads, head_dim, level, controlled),
      norm3_(at / "transformer_blocks" / 0 / "norm3", heads * head_dim),
      ff_(at / "transformer_blocks" / 0 / "ff", heads * head_dim),
      proj_out_(at / "proj_out", heads * head_dim, channels) {}

at::Tensor TransformerTemporal::operator()(const at::Tensor& x, const ForwardState& state) const {
  const Trace& trace = state.trace;
  const std::string block = path_ + ".transformer_blocks.0";
  const int64_t height = x.size(2);
  const int64_t width = x.size(3);
  const int64_t pixels = height * width;
  /* diffusers' shape of these tokens is [B*N,F,C]. */
  const auto in_order = [&](const at::Tensor& value) {
    return value.transpose(1, 2).reshape({state.batch * pixels, state.frames, value.size(3)});
  };
  const auto probed = [&](const std::string& name, const at::Tensor& value) {
    trace.probe(name, [&] { return in_order(value); });
    return value;
  };

  const at::Tensor normed = norm_(frames_together(x, state.frames));  // [B,C,F,N]
  trace.probe(path_ + ".norm", [&] { return normed.reshape({state.batch, normed.size(1), state.frames, height, width}); });
  /* Every layer but the attention works on single tokens, so the tokens stay in the image's order [B,F,N,C]. */
  at::Tensor h = normed.permute({0, 2, 3, 1});
  h = probed(path_ + ".proj_in", proj_in_(h));
  h = attn1_.add(probed(block + ".norm1", norm1_(h)), h, height, width, state);
  h = attn2_.add(probed(block + ".norm2", norm2_(h)), h, height, width, state);
  const at::Tensor last = probed(block + ".norm3", norm3_(h));
  trace.probe(block + ".ff", [&] { return in_order(ff_(last)); });
  h = ff_.add(last, h);
  probed(block, h);
  trace.probe(path_ + ".proj_out", [&] { return in_order(proj_out_(h)); });
  const at::Tensor tokens = h.view({state.batch * state.frames, pixels, h.size(3)});
  const at::Tensor out = to_image(proj_out_.add(tokens, to_tokens(x)), height, width);
  trace.probe(path_, out);
  return out;
}

void TransformerTemporal::list(std::vector<AttentionInfo>& layers) const {
  layers.push_back(attn1_.info());
  layers.push_back(attn2_.info());
}

}  // namespace fmk
