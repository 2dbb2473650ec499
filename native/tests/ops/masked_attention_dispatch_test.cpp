/*
 * Which way a call goes: each predicate's refusal, the three paths, and what is counted.
 */
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "core/error.h"
#include "kernels/kernel_table.h"
#include "ops/attention.h"
#include "ops/masked_attention.h"
#include "ops/masked_attention_reference.h"

namespace fmk {
namespace {

at::Tensor rows(int64_t count, int64_t dim, at::ScalarType type = at::kFloat) { return at::randn({2, 3, count, dim}).to(type); }

std::string kernel_of(const AttentionRoute& route) { return route.counts().begin()->first.second; }
std::string reason_of(const AttentionRoute& route) { return route.counts().begin()->second.reason; }

/* Runs self attention of q on a path. */
AttentionRoute self(int32_t path, const at::Tensor& q, const at::Tensor& k) {
  AttentionRoute route(path);
  const at::Tensor out = at::empty_like(q);
  masked_self_attention(route, q, k, q, k, k, at::ones({2, q.size(2)}), out);
  return route;
}

void expect_refused(const at::Tensor& q, const at::Tensor& k, const std::string& predicate) {
  const AttentionRoute automatic = self(FMK_ATTENTION_PATH_AUTO, q, k);
  EXPECT_EQ(kernel_of(automatic), "reference");
  EXPECT_NE(reason_of(automatic).find(predicate), std::string::npos) << reason_of(automatic);
  try {
    self(FMK_ATTENTION_PATH_FUSED, q, k);
    ADD_FAILURE() << "forced, and did not fail: " << predicate;
  } catch (const Error& e) {
    EXPECT_EQ(e.status(), FMK_STATUS_UNSUPPORTED);
    EXPECT_NE(std::string(e.what()).find(predicate), std::string::npos) << e.what();
  }
}

TEST(AttentionDispatch, PathsAreTakenAndCounted) {
  const at::Tensor q = rows(9, 16);
  const std::string isa = kernels::best_kernels().isa;
  const bool pays = &kernels::best_kernels() != &kernels::kPortableKernels;
  EXPECT_EQ(kernel_of(self(FMK_ATTENTION_PATH_AUTO, q, q)), pays ? isa : "reference");
  EXPECT_EQ(kernel_of(self(FMK_ATTENTION_PATH_FUSED, q, q)), isa);
  EXPECT_EQ(reason_of(self(FMK_ATTENTION_PATH_FUSED, q, q)), "");
  EXPECT_EQ(kernel_of(self(FMK_ATTENTION_PATH_REFERENCE, q, q)), "reference");

  AttentionRoute route;
  const at::Tensor out = at::empty_like(q);
  for (int i = 0; i < 3; ++i) temporal_attention(route, q, q, q, out);
  masked_temporal_attention(route, q, q, q, q, q, {}, FMK_TEMPORAL_MAP, FMK_POLARITY_EDIT_INSIDE, out);
  EXPECT_EQ(route.counts().at({"temporal_attention", isa}).calls, 3);
  EXPECT_EQ(route.counts().at({"masked_temporal_attention", isa}).calls, 1);
}

TEST(AttentionDispatch, PlainAttentionIsRoutedToo) {
  const at::Tensor q = rows(9, 16);
  const at::Tensor k = rows(200, 16);
  const at::Tensor libtorch = merge_heads(attention(q, k, k));
  for (int32_t path : {FMK_ATTENTION_PATH_AUTO, FMK_ATTENTION_PATH_FUSED, FMK_ATTENTION_PATH_REFERENCE}) {
    AttentionRoute route(path);
    EXPECT_TRUE(at::allclose(plain_attention(route, q, k, k), libtorch, 1e-5, 1e-6));
    EXPECT_EQ(route.counts().begin()->first.first, "attention");
  }
  AttentionRoute forced(FMK_ATTENTION_PATH_FUSED);
  EXPECT_THROW(plain_attention(forced, rows(9, 12), rows(9, 12), rows(9, 12)), Error);
}

TEST(AttentionDispatch, EachPreconditionExplainsItself) {
  expect_refused(rows(9, 12), rows(9, 12), "check_head_dim: heads of 12 channels");
  expect_refused(rows(9, 264), rows(9, 264), "check_head_dim: heads of 264 channels");
  expect_refused(rows(9, 16, at::kDouble), rows(9, 16, at::kDouble), "check_dtype: Double");
  const at::Tensor turned = at::randn({2, 3, 16, 9}).transpose(2, 3);
  expect_refused(turned, turned, "check_channel_stride: a channel stride of 9");
}

TEST(AttentionDispatch, CrossTokensAndTemporalFramesHaveLimits) {
  AttentionRoute route(FMK_ATTENTION_PATH_FUSED);
  const at::Tensor q = rows(9, 16);
  const at::Tensor out = at::empty_like(q);
  const auto cross = [&](const at::Tensor& k) { masked_cross_attention(route, q, k, q, k, k, {}, {}, out); };
  cross(at::randn({1, 3, 128, 16}));
  cross(at::randn({2, 3, 128, 16}));
  EXPECT_THROW(cross(at::randn({1, 3, 129, 16})), Error);
  EXPECT_THROW(cross(at::randn({3, 3, 77, 16})), Error);
  const at::Tensor long_sequence = rows(65, 16);
  EXPECT_THROW(temporal_attention(route, long_sequence, long_sequence, long_sequence, at::empty_like(long_sequence)), Error);
}

TEST(AttentionDispatch, CrossKeysOfEachFrameAreTheirOwn) {
  AttentionRoute route(FMK_ATTENTION_PATH_FUSED);
  at::manual_seed(2);
  const at::Tensor q = rows(9, 16), k = rows(20, 16), v = rows(20, 16);
  const at::Tensor out = at::empty_like(q);
  masked_cross_attention(route, q, k, q, k, v, {}, {}, out);
  EXPECT_LE((out - reference::masked_cross_attention(q, k, q, k, v, {}, {})).abs().max().item<double>(), 1e-5);
}

TEST(AttentionDispatch, EnvironmentNamesAPathOrIsAnError) {
  const auto path = [](const char* value) {
    setenv("FREEMASK_ATTENTION", value, 1);
    return attention_path_from_environment();
  };
  EXPECT_EQ(path("reference"), FMK_ATTENTION_PATH_REFERENCE);
  EXPECT_EQ(path("fused"), FMK_ATTENTION_PATH_FUSED);
  EXPECT_EQ(path("auto"), FMK_ATTENTION_PATH_AUTO);
  EXPECT_EQ(path(""), FMK_ATTENTION_PATH_AUTO);
  EXPECT_THROW(path("Fused"), Error);
  unsetenv("FREEMASK_ATTENTION");
  EXPECT_EQ(attention_path_from_environment(), FMK_ATTENTION_PATH_AUTO);
}

}  // namespace
}  // namespace fmk
