#pragma once

#include <ATen/ATen.h>

#include "kernels/case_table.h"
#include "ops/masked_attention.h"

/* Seeded inputs for the cases of case_table.h, laid out in memory as the UNet has them. Drawn on the CPU: the same on every device. */
namespace fmk::cases {

/* x on the device; undefined stays undefined. */
inline at::Tensor on(at::Device device, const at::Tensor& x) { return x.defined() ? x.to(device) : x; }

/* [outer,rows] in [0,1] */
inline at::Tensor mask_of(MaskKind kind, int64_t outer, int64_t rows) {
  const at::Tensor index = at::arange(rows, at::kFloat).expand({outer, rows});
  const at::Tensor shift = at::arange(outer, at::kFloat).unsqueeze(1);
  switch (kind) {
    case MaskKind::kNone:
      return {};
    case MaskKind::kZeros:
      return at::zeros({outer, rows});
    case MaskKind::kOnes:
      return at::ones({outer, rows});
    case MaskKind::kCheckerboard:
      return (index + shift).remainder(2).contiguous();
    case MaskKind::kSingleRow:
      return (index == at::floor(at::full({outer, 1}, rows / 2.0))).to(at::kFloat).contiguous();
    case MaskKind::kBlob:
      return ((index + shift).remainder(rows) < (rows + 3) / 4).to(at::kFloat).contiguous();
    case MaskKind::kFractional:
      return (at::rand({outer, rows}) * 1.5 - 0.25).clamp(0, 1);
  }
  return {};
}

/* [B,rows,H*D] seen as [B,H,rows,D] */
inline at::Tensor tokens_by_head(int64_t outer, int64_t heads, int64_t rows, int64_t dim, at::ScalarType type, at::Device device) {
  return at::randn({outer, rows, heads, dim}).to(device, type).transpose(1, 2);
}

/* [F,N,H*D] seen as [N,H,F,D] */
inline at::Tensor sequences(int64_t pixels, int64_t heads, int64_t frames, int64_t dim, at::ScalarType type, at::Device device) {
  return at::randn({frames, pixels, heads, dim}).to(device, type).permute({1, 2, 0, 3});
}

struct SelfInputs {
  at::Tensor q0, k0, q2, k2, v2, mask, out;
  SelfInputs(const SelfCase& c, at::ScalarType type, at::Device device = at::kCPU)
      : q0(tokens_by_head(c.frames, c.heads, c.queries, c.dim, type, device)),
        k0(tokens_by_head(c.frames, c.heads, c.queries, c.dim, type, device)),
        q2(tokens_by_head(c.frames, c.heads, c.queries, c.dim, type, device)),
        k2(tokens_by_head(c.frames, c.heads, c.queries, c.dim, type, device)),
        v2(tokens_by_head(c.frames, c.heads, c.queries, c.dim, type, device)),
        mask(on(device, mask_of(c.mask, c.frames, c.queries))),
        out(at::full_like(q0, NAN)) {}
};

struct CrossInputs {
  at::Tensor q0, k0, q2, k2, v2, mask, out, maps;
  CrossControl control;
  std::vector<at::Tensor> groups;

  CrossInputs(const CrossCase& c, at::ScalarType type, at::Device device = at::kCPU)
      : q0(tokens_by_head(c.frames, c.heads, c.queries, c.dim, type, device)),
        k0(tokens_by_head(1, c.heads, c.tokens, c.dim, type, device)),
        q2(tokens_by_head(c.frames, c.heads, c.queries, c.dim, type, device)),
        k2(tokens_by_head(1, c.heads, c.tokens, c.dim, type, device)),
        v2(tokens_by_head(1, c.heads, c.tokens, c.dim, type, device)),
        mask(on(device, mask_of(c.mask, c.frames, c.queries))),
        out(at::full_like(q0, NAN)) {
    control.mode = c.blend_first ? FMK_CROSS_BLEND_THEN_MAP : FMK_CROSS_MAP_THEN_BLEND;
    if (c.mapped) {
      /* As a replacement map has it: one source token for most, two shared by one word, and a column without any. */
      control.matrix = at::eye(c.tokens);
      if (c.tokens > 3) {
        control.matrix[2].copy_(at::zeros({c.tokens}));
        control.matrix.index_put_({at::tensor({1, 3}), at::tensor({2, 2})}, at::tensor({0.25F, 0.75F}));
        control.matrix.select(1, 0).zero_();
      }
      control.weights = (at::rand({c.tokens}) * 1.5 - 0.25).clamp(0, 1);
    }
    if (c.weighted) {
      control.equalizer = 2 * at::rand({c.tokens});
      control.alpha = (at::rand({c.tokens}) * 1.5 - 0.25).clamp(0, 1);
    }
    for (int64_t g = 0; g < c.groups; ++g) {
      groups.push_back(at::arange(g % c.tokens, std::min(c.tokens, g % c.tokens + 2), at::kLong).to(device));
    }
    if (c.groups > 0) maps = at::zeros({c.groups, c.frames, c.queries}, device);
    for (at::Tensor* x : {&control.matrix, &control.weights, &control.equalizer, &control.alpha}) *x = on(device, *x);
  }
};

struct TemporalInputs {
  at::Tensor q0, k0, q2, k2, v2, mask, out;
  TemporalInputs(const TemporalCase& c, at::ScalarType type, at::Device device = at::kCPU)
      : q0(sequences(c.pixels, c.heads, c.frames, c.dim, type, device)),
        k0(sequences(c.pixels, c.heads, c.frames, c.dim, type, device)),
        q2(sequences(c.pixels, c.heads, c.frames, c.dim, type, device)),
        k2(sequences(c.pixels, c.heads, c.frames, c.dim, type, device)),
        v2(sequences(c.pixels, c.heads, c.frames, c.dim, type, device)),
        mask(on(device, mask_of(c.mask, c.pixels, c.frames))),
        out(at::full_like(q0, NAN)) {}
  static int32_t mode(const TemporalCase& c) { return c.mix_inputs ? FMK_TEMPORAL_QK : FMK_TEMPORAL_MAP; }
  static int32_t polarity(const TemporalCase& c) { return c.edit_inside ? FMK_POLARITY_EDIT_INSIDE : FMK_POLARITY_SOURCE_INSIDE; }
};

}  // namespace fmk::cases
