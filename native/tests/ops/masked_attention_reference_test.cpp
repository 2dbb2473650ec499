/*
 * The reference operations against their definitions, evaluated in double by loops that share no code with them.
 */
#include "ops/masked_attention_reference.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "ops/attention.h"

namespace fmk {
namespace {

using reference::masked_cross_attention;
using reference::masked_self_attention;
using reference::masked_temporal_attention;

constexpr int64_t kFrames = 3;
constexpr int64_t kHeads = 2;
constexpr int64_t kQueries = 10;
constexpr int64_t kTokens = 6;
constexpr int64_t kDim = 5;

/* softmax(q k^T / sqrt(D)) of one head, in double. */
at::Tensor map_of(const at::Tensor& q, const at::Tensor& k) {
  const at::Tensor scores = at::matmul(q.to(at::kDouble), k.to(at::kDouble).transpose(-1, -2)) / std::sqrt(static_cast<double>(q.size(-1)));
  const at::Tensor e = (scores - std::get<0>(scores.max(-1, true))).exp();
  return e / e.sum(-1, true);
}

void expect_close(const at::Tensor& actual, const at::Tensor& expected) {
  const double scale = expected.abs().max().item<double>();
  EXPECT_LE((actual.to(at::kDouble) - expected).abs().max().item<double>(), 1e-6 * std::max(scale, 1.0));
}

class MaskedAttention : public testing::Test {
 protected:
  void SetUp() override { at::manual_seed(11); }

  static at::Tensor queries() { return at::randn({kFrames, kHeads, kQueries, kDim}); }
  static at::Tensor tokens() { return at::randn({1, kHeads, kTokens, kDim}); }
  static at::Tensor as_column(const at::Tensor& mask) { return mask.view({mask.size(0), 1, mask.size(1), 1}).to(at::kDouble); }

  const at::Tensor zeros_ = at::zeros({kFrames, kQueries});
  const at::Tensor ones_ = at::ones({kFrames, kQueries});
};

TEST_F(MaskedAttention, SelfIsSourceMapOutsideAndEditMapInside) {
  const at::Tensor q0 = queries(), k0 = queries(), q2 = queries(), k2 = queries(), v2 = queries();
  const at::Tensor v = v2.to(at::kDouble);
  expect_close(masked_self_attention(q0, k0, q2, k2, v2, ones_), at::matmul(map_of(q2, k2), v));
  expect_close(masked_self_attention(q0, k0, q2, k2, v2, zeros_), at::matmul(map_of(q0, k0), v));
  expect_close(masked_self_attention(q0, k0, q2, k2, v2, {}), at::matmul(map_of(q0, k0), v));
  const at::Tensor soft = at::rand({kFrames, kQueries});
  const at::Tensor m = as_column(soft);
  expect_close(masked_self_attention(q0, k0, q2, k2, v2, soft), at::matmul(m * map_of(q2, k2) + (1 - m) * map_of(q0, k0), v));
}

TEST_F(MaskedAttention, CrossFollowsThePlanStepByStep) {
  const at::Tensor q0 = queries(), q2 = queries(), k0 = tokens(), k2 = tokens(), v2 = tokens();
  CrossControl control;
  control.matrix = at::rand({kTokens, kTokens});
  control.weights = at::rand({kTokens});
  control.equalizer = 2 * at::rand({kTokens});
  control.alpha = at::rand({kTokens});
  const at::Tensor a0 = map_of(q0, k0), a2 = map_of(q2, k2), v = v2.to(at::kDouble);
  const auto token = [](const at::Tensor& t) { return t.to(at::kDouble); };
  const auto map = [&](const at::Tensor& p) {
    return token(control.weights) * at::matmul(p, token(control.matrix)) + (1 - token(control.weights)) * a2;
  };
  const auto finish = [&](const at::Tensor& b) {
    const at::Tensor equalized = b * token(control.equalizer);
    return at::matmul(token(control.alpha) * equalized + (1 - token(control.alpha)) * a2, v);
  };
  const at::Tensor soft = at::rand({kFrames, kQueries});
  const at::Tensor m = as_column(soft);

  control.mode = FMK_CROSS_MAP_THEN_BLEND;
  expect_close(masked_cross_attention(q0, k0, q2, k2, v2, {}, control), finish(map(a0)));
  expect_close(masked_cross_attention(q0, k0, q2, k2, v2, zeros_, control), finish(map(a0)));
  expect_close(masked_cross_attention(q0, k0, q2, k2, v2, soft, control), finish((1 - m) * map(a0) + m * a2));
  control.mode = FMK_CROSS_BLEND_THEN_MAP;
  expect_close(masked_cross_attention(q0, k0, q2, k2, v2, soft, control), finish(map((1 - m) * a0 + m * a2)));
}

TEST_F(MaskedAttention, CrossWithoutAnyOptionIsTheSourceMapOrThePlainAttention) {
  const at::Tensor q0 = queries(), q2 = queries(), k0 = tokens(), k2 = tokens(), v2 = tokens();
  const at::Tensor v = v2.to(at::kDouble);
  expect_close(masked_cross_attention(q0, k0, q2, k2, v2, zeros_, {}), at::matmul(map_of(q0, k0), v));
  expect_close(masked_cross_attention(q0, k0, q2, k2, v2, ones_, {}), at::matmul(map_of(q2, k2), v));
  CrossControl closed;
  closed.alpha = at::zeros({kTokens});
  expect_close(masked_cross_attention(q0, k0, q2, k2, v2, zeros_, closed), at::matmul(map_of(q2, k2), v));
}

/* Here the sequence is over frames: [pixels,H,F,D], masks [pixels,F]. */
TEST_F(MaskedAttention, TemporalInEveryModeAndPolarity) {
  const auto sequence = [] { return at::randn({kQueries, kHeads, kFrames, kDim}); };
  const at::Tensor q0 = sequence(), k0 = sequence(), q2 = sequence(), k2 = sequence(), v2 = sequence();
  const at::Tensor v = v2.to(at::kDouble);
  const at::Tensor p0 = map_of(q0, k0), p2 = map_of(q2, k2);
  const auto run = [&](const at::Tensor& mask, int32_t mode, int32_t polarity) {
    return masked_temporal_attention(q0, k0, q2, k2, v2, mask, mode, polarity);
  };
  const at::Tensor soft = at::rand({kQueries, kFrames});
  const at::Tensor m = as_column(soft);
  const at::Tensor one = at::ones({kQueries, kFrames}), zero = at::zeros({kQueries, kFrames});

  for (int32_t mode : {FMK_TEMPORAL_MAP, FMK_TEMPORAL_QK}) {
    expect_close(run({}, mode, FMK_POLARITY_SOURCE_INSIDE), at::matmul(p0, v));
    expect_close(run(one, mode, FMK_POLARITY_SOURCE_INSIDE), at::matmul(p0, v));
    expect_close(run(zero, mode, FMK_POLARITY_SOURCE_INSIDE), at::matmul(p2, v));
    expect_close(run(one, mode, FMK_POLARITY_EDIT_INSIDE), at::matmul(p2, v));
    expect_close(run(zero, mode, FMK_POLARITY_EDIT_INSIDE), at::matmul(p0, v));
  }
  expect_close(run(soft, FMK_TEMPORAL_MAP, FMK_POLARITY_EDIT_INSIDE), at::matmul(m * p2 + (1 - m) * p0, v));
  expect_close(run(soft, FMK_TEMPORAL_MAP, FMK_POLARITY_SOURCE_INSIDE), at::matmul(m * p0 + (1 - m) * p2, v));
  expect_close(run(soft, FMK_TEMPORAL_QK, FMK_POLARITY_SOURCE_INSIDE), at::matmul(map_of(m * q0 + (1 - m) * q2, m * k0 + (1 - m) * k2), v));
  expect_close(run(soft, FMK_TEMPORAL_QK, FMK_POLARITY_EDIT_INSIDE), at::matmul(map_of(m * q2 + (1 - m) * q0, m * k2 + (1 - m) * k0), v));
}

/* Both sides of the switch between batched products and libtorch's fused kernel, and one query. */
TEST(Attention, EqualsItsDefinitionAtEveryLength) {
  at::manual_seed(3);
  for (int64_t length : {1, 2, 31, 32, 33, 70}) {
    const at::Tensor q = at::randn({2, 3, length, 8}), k = at::randn({2, 3, length, 8}), v = at::randn({2, 3, length, 8});
    expect_close(attention(q, k, v), at::matmul(map_of(q, k), v.to(at::kDouble)));
  }
}

TEST(Heads, SplitAndMergeAreInverse) {
  const at::Tensor x = at::randn({2, 7, 12});
  EXPECT_TRUE(at::equal(merge_heads(split_heads(x, 3)), x));
  EXPECT_TRUE(at::equal(split_heads(x, 3)[1][2][4], x[1][4].slice(0, 8, 12)));
}

}  // namespace
}  // namespace fmk
