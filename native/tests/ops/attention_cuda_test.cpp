/*
 * The operations on a GPU: a batch in one launch against its items one by one by their definitions, which way a call goes, and that calls
 * can be recorded, which a wait for the GPU or a copy from the host would forbid.
 */
#include <ATen/ATen.h>
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDAFunctions.h>
#include <c10/cuda/CUDAGuard.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "kernels/case_inputs.h"
#include "ops/attention_checks.h"
#include "ops/masked_attention.h"

namespace fmk {
namespace {

constexpr int64_t kHeads = 3, kRows = 150, kTokens = 77;

class AttentionCuda : public testing::Test {
 protected:
  void SetUp() override {
    if (c10::cuda::device_count() == 0) GTEST_SKIP() << "no GPU";
    at::manual_seed(7);
  }
};

/* A batch of three with control of item 2 by item 0 or, apart, by a source that is not in it. */
struct BatchInputs {
  at::Tensor q, k, v;
  CrossBatch batch;

  BatchInputs(at::ScalarType type, bool mapped, int64_t captured, bool apart = false)
      : q(cases::tokens_by_head(3, kHeads, kRows, 64, type, at::kCUDA)),
        k(cases::tokens_by_head(3, kHeads, kTokens, 64, type, at::kCUDA)),
        v(cases::tokens_by_head(3, kHeads, kTokens, 64, type, at::kCUDA)) {
    const cases::CrossInputs one({1, 1, kRows, kTokens, 64, cases::MaskKind::kFractional, false, mapped, mapped, 2}, type, at::kCUDA);
    batch.source = apart ? -1 : 0;
    batch.q0 = apart ? cases::tokens_by_head(1, kHeads, kRows, 64, type, at::kCUDA) : q.narrow(0, 0, 1);
    batch.k0 = apart ? cases::tokens_by_head(1, kHeads, kTokens, 64, type, at::kCUDA) : k.narrow(0, 0, 1);
    batch.edit = 2;
    batch.mask = one.mask;
    batch.control = one.control;
    batch.captured = captured;
    batch.groups = one.groups;
    batch.maps = one.maps;
  }
};

double difference(const at::Tensor& a, const at::Tensor& b) { return (a.to(at::kDouble) - b.to(at::kDouble)).abs().max().item<double>(); }

TEST_F(AttentionCuda, ABatchIsItsItems) {
  for (at::ScalarType type : {at::kFloat, at::kHalf, at::kBFloat16}) {
    for (const bool mapped : {false, true}) {
      for (const auto& [captured, apart] : {std::pair{-1, false}, {0, false}, {1, false}, {2, false}, {-1, true}, {0, true}, {2, true}}) {
        const BatchInputs x(type, mapped, captured, apart);
        const at::Tensor out = at::full_like(x.q, NAN);
        AttentionRoute fused(FMK_ATTENTION_PATH_FUSED);
        cross_attention(fused, x.q, x.k, x.v, x.batch, out);
        EXPECT_EQ(fused.counts().begin()->first.first, "cross_attention");
        EXPECT_EQ(fused.counts().begin()->first.second.rfind("sm_", 0), 0U);

        CrossBatch wide = x.batch;
        for (at::Tensor* t :
             {&wide.control.matrix, &wide.control.weights, &wide.control.equalizer, &wide.control.alpha, &wide.mask, &wide.q0, &wide.k0}) {
          if (t->defined()) *t = t->to(at::kDouble);
        }
        wide.maps = at::zeros_like(x.batch.maps);
        const at::Tensor exact = at::empty_like(x.q, at::kDouble);
        AttentionRoute reference(FMK_ATTENTION_PATH_REFERENCE);
        cross_attention(reference, x.q.to(at::kDouble), x.k.to(at::kDouble), x.v.to(at::kDouble), wide, exact);
        const double bound = type == at::kFloat ? 1e-5 : type == at::kHalf ? 4e-3 : 3e-2;
        EXPECT_LE(difference(out, exact), bound) << text(type, mapped ? " mapped" : "", " captured ", captured, apart ? " apart" : "");
        if (captured >= 0) {
          EXPECT_LE(difference(x.batch.maps, wide.maps), 1e-4) << text(type, " maps of ", captured);
        }
      }
    }
  }
}

TEST_F(AttentionCuda, RefusalsAreNamed) {
  const auto expect_refused = [](const at::Tensor& q, const std::string& predicate) {
    AttentionRoute automatic;
    temporal_attention(automatic, q, q, q, at::empty_like(q));
    EXPECT_EQ(automatic.counts().begin()->first.second, "reference");
    EXPECT_NE(automatic.counts().begin()->second.reason.find(predicate), std::string::npos) << automatic.counts().begin()->second.reason;
    AttentionRoute forced(FMK_ATTENTION_PATH_FUSED);
    EXPECT_THROW(temporal_attention(forced, q, q, q, at::empty_like(q)), Error);
  };
  const auto options = at::TensorOptions(at::kCUDA);
  expect_refused(at::randn({2, 3, 8, 48}, options), "check_head_dim: heads of 48 channels");
  expect_refused(at::randn({2, 3, 8, 64}, options.dtype(at::kDouble)), "check_dtype: Double");
  expect_refused(at::randn({2, 3, 65, 64}, options), "check_frames: 65 frames");
  /* libtorch's own attention fails on these too. */
  const at::Tensor unaligned = at::randn({2, 3, 8, 66}, options).narrow(3, 0, 64);
  EXPECT_EQ(check_alignment({&unaligned}).rfind("check_alignment: a stride of 264 bytes", 0), 0U) << check_alignment({&unaligned});

  const BatchInputs x(at::kHalf, true, 0);
  CrossBatch elsewhere = x.batch;
  elsewhere.control.alpha = elsewhere.control.alpha.cpu();
  EXPECT_THROW(
      {
        AttentionRoute forced(FMK_ATTENTION_PATH_FUSED);
        cross_attention(forced, x.q, x.k, x.v, elsewhere, at::empty_like(x.q));
      },
      Error);
}

TEST_F(AttentionCuda, CallsCanBeRecorded) {
  const c10::cuda::CUDAStreamGuard guard(c10::cuda::getStreamFromPool());
  const BatchInputs x(at::kHalf, true, 0);
  const cases::TemporalInputs t({40, 2, 16, 64, true, false, true, cases::MaskKind::kFractional}, at::kHalf, at::kCUDA);
  const cases::SelfInputs s({2, 2, 200, 64, cases::MaskKind::kFractional}, at::kHalf, at::kCUDA);
  const at::Tensor out = at::empty_like(x.q);
  AttentionRoute route(FMK_ATTENTION_PATH_FUSED);
  const auto run = [&] {
    x.batch.maps.zero_();
    cross_attention(route, x.q, x.k, x.v, x.batch, out);
    masked_temporal_attention(route, t.q0, t.k0, t.q2, t.k2, t.v2, t.mask, FMK_TEMPORAL_MAP, FMK_POLARITY_EDIT_INSIDE, t.out);
    masked_self_attention(route, s.q0, s.k0, s.q2, s.k2, s.v2, s.mask, s.out);
  };
  run();
  at::cuda::CUDAGraph graph;
  graph.capture_begin();
  run();
  graph.capture_end();
  /* Other inputs: what was recorded reads them where they are. */
  for (const at::Tensor& mask : {x.batch.mask, t.mask, s.mask}) mask.copy_(1 - mask);
  x.q.mul_(-1);
  run();
  const std::vector<at::Tensor> direct{out.clone(), x.batch.maps.clone(), t.out.clone(), s.out.clone()};
  for (const at::Tensor& result : {out, t.out, s.out}) result.fill_(NAN);
  graph.replay();
  const std::vector<at::Tensor> replayed{out, x.batch.maps, t.out, s.out};
  for (size_t i = 0; i < direct.size(); ++i) EXPECT_TRUE(at::equal(direct[i], replayed[i])) << i;
}

}  // namespace
}  // namespace fmk
