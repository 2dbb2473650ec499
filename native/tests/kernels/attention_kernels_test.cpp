/*
 * Every kernel of every instruction set that this machine has, and of its GPU, over the case table: the error against f64 may be twice that
 * of the reference operations in the same dtype, plus 1e-5.
 */
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <vector>

#include "core/error.h"
#include "kernels/case_inputs.h"
#include "ops/attention.h"
#include "ops/attention_checks.h"
#include "ops/fused_attention.h"
#include "ops/fused_attention_cuda.h"
#include "ops/masked_attention_reference.h"

namespace fmk {
namespace {

double error(const at::Tensor& actual, const at::Tensor& exact) { return (actual.to(at::kDouble) - exact).abs().max().item<double>(); }

/* NaN, which marks what was not written, fails. */
void expect_within(const at::Tensor& fused, const at::Tensor& eager, const at::Tensor& exact, const std::string& what) {
  const double bound = 2 * error(eager, exact) + 1e-5;
  EXPECT_LE(error(fused, exact), bound) << what;
}

/* [G,F,N] in double by the definition: the reference returns f32. */
at::Tensor exact_maps(const at::Tensor& q, const at::Tensor& k, const std::vector<at::Tensor>& groups) {
  const at::Tensor scores = at::matmul(q.to(at::kDouble), k.to(at::kDouble).transpose(2, 3)) / std::sqrt(static_cast<double>(q.size(3)));
  const at::Tensor p = at::softmax(scores, -1).mean(1);
  std::vector<at::Tensor> maps;
  for (const at::Tensor& group : groups) maps.push_back(p.index_select(2, group).sum(2));
  return at::stack(maps);
}

CrossControl in_double(const CrossControl& control) {
  const auto widen = [](const at::Tensor& x) { return x.defined() ? x.to(at::kDouble) : x; };
  return {control.mode, widen(control.matrix), widen(control.weights), widen(control.equalizer), widen(control.alpha)};
}

at::Tensor in_double(const at::Tensor& x) { return x.defined() ? x.to(at::kDouble) : x; }

/* The kernels of an instruction set, or, where the table is NULL, those of the GPU. */
class AttentionKernels : public testing::TestWithParam<const kernels::KernelTable*> {
 protected:
  void SetUp() override { at::manual_seed(5); }

  bool on_gpu() const { return GetParam() == nullptr; }
  at::Device device() const { return on_gpu() ? at::Device(at::kCUDA, 0) : at::Device(at::kCPU); }
  std::vector<at::ScalarType> types() const {
    return on_gpu() ? std::vector{at::kFloat, at::kBFloat16, at::kHalf} : std::vector{at::kFloat, at::kBFloat16};
  }
  /* The table has head dimensions that only the CPU's kernels take. */
  bool takes(const at::Tensor& q) const { return check_head_dim(q).empty(); }

  void self(const cases::SelfInputs& x) const {
    if constexpr (fused::cuda::kCompiled) {
      if (on_gpu()) return fused::cuda::masked_self_attention(x.q0, x.k0, x.q2, x.k2, x.v2, x.mask, x.out);
    }
    fused::masked_self_attention(*GetParam(), x.q0, x.k0, x.q2, x.k2, x.v2, x.mask, x.out);
  }
  void cross(const cases::CrossInputs& x) const {
    if constexpr (fused::cuda::kCompiled) {
      if (on_gpu()) return fused::cuda::masked_cross_attention(x.q0, x.k0, x.q2, x.k2, x.v2, x.mask, x.control, x.out);
    }
    fused::masked_cross_attention(*GetParam(), x.q0, x.k0, x.q2, x.k2, x.v2, x.mask, x.control, x.out);
  }
  void captured(const cases::CrossInputs& x) const {
    if constexpr (fused::cuda::kCompiled) {
      if (on_gpu()) return fused::cuda::captured_cross_attention(x.q2, x.k2, x.v2, x.groups, x.out, x.maps);
    }
    fused::captured_cross_attention(*GetParam(), x.q2, x.k2, x.v2, x.groups, x.out, x.maps);
  }
  void temporal(const cases::TemporalInputs& x) const {
    if constexpr (fused::cuda::kCompiled) {
      if (on_gpu()) return fused::cuda::temporal_attention(x.q2, x.k2, x.v2, x.out);
    }
    fused::temporal_attention(*GetParam(), x.q2, x.k2, x.v2, x.out);
  }
  void masked_temporal(const cases::TemporalInputs& x, int32_t mode, int32_t polarity) const {
    if constexpr (fused::cuda::kCompiled) {
      if (on_gpu()) return fused::cuda::masked_temporal_attention(x.q0, x.k0, x.q2, x.k2, x.v2, x.mask, mode, polarity, x.out);
    }
    fused::masked_temporal_attention(*GetParam(), x.q0, x.k0, x.q2, x.k2, x.v2, x.mask, mode, polarity, x.out);
  }
};

/* NULL stands for the GPU. */
std::vector<const kernels::KernelTable*> kernels_of_this_machine() {
  std::vector<const kernels::KernelTable*> all(kernels::available_kernels().begin(), kernels::available_kernels().end());
  if (fused::cuda::kCompiled && fmk_cuda_device_count() > 0) all.push_back(nullptr);
  return all;
}

TEST_P(AttentionKernels, SelfOverTheCaseTable) {
  for (const cases::SelfCase& c : cases::self_cases()) {
    if (c.timed) continue;
    for (at::ScalarType type : types()) {
      const cases::SelfInputs x(c, type, device());
      if (!takes(x.q2)) continue;
      self(x);
      const at::Tensor eager = reference::masked_self_attention(x.q0, x.k0, x.q2, x.k2, x.v2, x.mask);
      const at::Tensor exact = reference::masked_self_attention(in_double(x.q0), in_double(x.k0), in_double(x.q2), in_double(x.k2),
                                                                in_double(x.v2), in_double(x.mask));
      expect_within(x.out, eager, exact, text(type, " ", c.frames, "x", c.heads, "x", c.queries, "x", c.dim, " ", name_of(c.mask)));
    }
  }
}

TEST_P(AttentionKernels, CrossOverTheCaseTable) {
  for (const cases::CrossCase& c : cases::cross_cases()) {
    if (c.timed) continue;
    for (at::ScalarType type : types()) {
      const cases::CrossInputs x(c, type, device());
      if (!takes(x.q2)) continue;
      const std::string what = text(type, " ", c.frames, "x", c.heads, "x", c.queries, "x", c.tokens, "x", c.dim, " ", name_of(c.mask),
                                    c.blend_first ? " blend-first" : "", c.mapped ? " mapped" : "", c.weighted ? " weighted" : "");
      if (c.groups > 0) {
        captured(x);
        CrossControl closed;
        closed.alpha = at::zeros({c.tokens}, device());
        const at::Tensor eager = reference::masked_cross_attention(x.q2, x.k2, x.q2, x.k2, x.v2, {}, closed);
        const at::Tensor exact = reference::masked_cross_attention(in_double(x.q2), in_double(x.k2), in_double(x.q2), in_double(x.k2),
                                                                   in_double(x.v2), {}, in_double(closed));
        expect_within(x.out, eager, exact, what);
        expect_within(x.maps, reference::word_maps(x.q2, x.k2, x.groups), exact_maps(x.q2, x.k2, x.groups), what + " maps");
      } else {
        cross(x);
        const at::Tensor eager = reference::masked_cross_attention(x.q0, x.k0, x.q2, x.k2, x.v2, x.mask, x.control);
        const at::Tensor exact = reference::masked_cross_attention(in_double(x.q0), in_double(x.k0), in_double(x.q2), in_double(x.k2),
                                                                   in_double(x.v2), in_double(x.mask), in_double(x.control));
        expect_within(x.out, eager, exact, what);
      }
    }
  }
}

TEST_P(AttentionKernels, TemporalOverTheCaseTable) {
  for (const cases::TemporalCase& c : cases::temporal_cases()) {
    if (c.timed) continue;
    for (at::ScalarType type : types()) {
      const cases::TemporalInputs x(c, type, device());
      if (!takes(x.q2)) continue;
      const std::string what = text(type, " ", c.pixels, "x", c.heads, "x", c.frames, "x", c.dim, c.mix_inputs ? " qk " : " map ",
                                    c.edit_inside ? "edit-inside " : "source-inside ", name_of(c.mask));
      const int32_t mode = x.mode(c);
      const int32_t polarity = x.polarity(c);
      const auto exact_of = [&](const at::Tensor& q0, const at::Tensor& k0) {
        return reference::masked_temporal_attention(in_double(q0), in_double(k0), in_double(x.q2), in_double(x.k2), in_double(x.v2),
                                                    in_double(x.mask), mode, polarity);
      };
      if (c.controlled) {
        masked_temporal(x, mode, polarity);
        const at::Tensor eager = reference::masked_temporal_attention(x.q0, x.k0, x.q2, x.k2, x.v2, x.mask, mode, polarity);
        expect_within(x.out, eager, exact_of(x.q0, x.k0), what);
      } else {
        temporal(x);
        /* Without a mask the reference is the source's attention alone. */
        const at::Tensor eager = reference::masked_temporal_attention(x.q2, x.k2, x.q2, x.k2, x.v2, {}, mode, polarity);
        expect_within(x.out, eager, exact_of(x.q2, x.k2), what + " plain");
      }
    }
  }
}

/* On both sides of the number of keys that one pass takes; on a GPU attention without control is libtorch's. */
TEST_P(AttentionKernels, PlainOverQueriesAndKeys) {
  if (on_gpu()) return;
  for (int64_t keys : {1, 63, 77, 128, 129, 300}) {
    for (int64_t queries : {1, 50, 200}) {
      for (int64_t dim : {8, 40, 64}) {
        for (at::ScalarType type : types()) {
          const at::Tensor q = at::randn({2, queries, 3 * dim}).to(type).view({2, queries, 3, dim}).transpose(1, 2);
          const at::Tensor k = at::randn({2, 3, keys, dim}).to(type);
          const at::Tensor v = at::randn({2, 3, keys, dim}).to(type);
          const at::Tensor out = at::full_like(q, NAN);
          fused::attention(*GetParam(), q, k, v, out);
          const at::Tensor exact = attention(in_double(q), in_double(k), in_double(v));
          expect_within(out, at::matmul(attention_probabilities(q, k), v), exact, text(type, " ", queries, "x", keys, "x", dim));
        }
      }
    }
  }
}

/* Large scores, and one key that is all of the sum: the running maximum has to move from block to block. */
TEST_P(AttentionKernels, SelfSurvivesScoresFarApart) {
  const cases::SelfCase c{1, 2, 200, 32, cases::MaskKind::kFractional};
  const cases::SelfInputs x(c, at::kFloat, device());
  x.k0.select(2, 199).mul_(60);
  x.k2.select(2, 3).mul_(60);
  x.q2.mul_(8);
  self(x);
  const at::Tensor eager = reference::masked_self_attention(x.q0, x.k0, x.q2, x.k2, x.v2, x.mask);
  const at::Tensor exact = reference::masked_self_attention(in_double(x.q0), in_double(x.k0), in_double(x.q2), in_double(x.k2),
                                                            in_double(x.v2), in_double(x.mask));
  expect_within(x.out, eager, exact, "far apart");
}

/* A row that is not computed must not leak: what the mask leaves out may be NaN. */
TEST_P(AttentionKernels, SelfNeverTouchesTheProductThatAMaskLeavesOut) {
  const cases::SelfCase c{1, 2, 70, 32, cases::MaskKind::kOnes};
  const cases::SelfInputs x(c, at::kFloat, device());
  x.q0.fill_(NAN);
  x.k0.fill_(NAN);
  self(x);
  EXPECT_FALSE(x.out.isnan().any().item<bool>());
  x.q2.fill_(NAN);
  self(x);
  EXPECT_TRUE(x.out.isnan().all().item<bool>());
}

/* The number of threads decides who computes a tile, never how; nor does it matter in what order a GPU computes the heads. */
TEST_P(AttentionKernels, DoNotDependOnTheNumberOfThreads) {
  const cases::SelfInputs self_inputs({2, 3, 200, 40, cases::MaskKind::kFractional}, at::kFloat, device());
  const cases::CrossInputs cross_inputs({2, 3, 200, 77, 40, cases::MaskKind::kNone, false, false, false, 2}, at::kFloat, device());
  const cases::TemporalInputs temporal_inputs({50, 3, 16, 40, true, false, true, cases::MaskKind::kBlob}, at::kFloat, device());
  const int before = at::get_num_threads();
  std::vector<at::Tensor> results;
  for (int threads : {1, 2}) {
    at::set_num_threads(threads);
    cross_inputs.maps.zero_();
    self(self_inputs);
    captured(cross_inputs);
    masked_temporal(temporal_inputs, FMK_TEMPORAL_MAP, FMK_POLARITY_EDIT_INSIDE);
    for (const at::Tensor& t : {self_inputs.out, cross_inputs.out, cross_inputs.maps, temporal_inputs.out}) results.push_back(t.clone());
  }
  at::set_num_threads(before);
  for (size_t i = 0; i < 4; ++i) EXPECT_TRUE(at::equal(results[i], results[i + 4]));
}

INSTANTIATE_TEST_SUITE_P(, AttentionKernels, testing::ValuesIn(kernels_of_this_machine()),
                         [](const auto& info) { return std::string(info.param == nullptr ? "cuda" : info.param->isa); });

}  // namespace
}  // namespace fmk
