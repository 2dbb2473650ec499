/*
 * Masked self attention on the GPU over the case table and the edges of its own kernels: the error against f64 may be twice that of the
 * reference operations in the same dtype, plus 1e-5. Each unit that the device has is tested, not only the one that would be picked.
 */
#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAFunctions.h>
#include <c10/cuda/CUDAStream.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "kernels/case_inputs.h"
#include "kernels/cuda/self_attention.h"
#include "ops/fused_attention_cuda.h"
#include "ops/masked_attention_reference.h"
#include "ops/operand_cuda.h"

namespace fmk {
namespace {

using kernels::cuda::SelfUnit;

double error(const at::Tensor& actual, const at::Tensor& exact) { return (actual.to(at::kDouble) - exact).abs().max().item<double>(); }

/* The case's inputs, with their strides, on the GPU. */
struct CudaInputs {
  at::Tensor q0, k0, q2, k2, v2, mask, out;
  explicit CudaInputs(const cases::SelfInputs& x)
      : q0(x.q0.cuda()),
        k0(x.k0.cuda()),
        q2(x.q2.cuda()),
        k2(x.k2.cuda()),
        v2(x.v2.cuda()),
        mask(x.mask.defined() ? x.mask.cuda() : x.mask),
        out(x.out.cuda()) {}
};

cudaError_t run(const CudaInputs& x, SelfUnit unit) {
  using namespace fused::cuda;
  kernels::cuda::SelfAttention p{};
  p.element = element_of(x.q0);
  p.unit = unit;
  p.frames = x.q0.size(0);
  p.heads = x.q0.size(1);
  p.queries = x.q0.size(2);
  p.keys = x.k0.size(2);
  p.dim = x.q0.size(3);
  p.scale = scale_of(x.q0);
  p.q0 = operand(x.q0);
  p.k0 = operand(x.k0);
  p.q2 = operand(x.q2);
  p.k2 = operand(x.k2);
  p.v2 = operand(x.v2);
  p.out = operand(x.out);
  p.mask = x.mask.defined() ? x.mask.const_data_ptr<float>() : nullptr;
  const auto bytes = static_cast<int64_t>(kernels::cuda::self_attention_workspace(p.frames, p.queries));
  const at::Tensor runs = at::full({bytes}, 255, x.q0.options().dtype(at::kByte));
  p.runs = static_cast<int32_t*>(runs.data_ptr());
  return kernels::cuda::self_attention(p, c10::cuda::getCurrentCUDAStream());
}

std::vector<cases::SelfCase> gpu_cases() {
  std::vector<cases::SelfCase> all;
  for (const cases::SelfCase& c : cases::self_cases()) {
    if (!c.timed && kernels::cuda::self_head_dim(c.dim)) all.push_back(c);
  }
  using cases::MaskKind;
  for (int64_t queries : {1, 64, 77, 128, 129, 191, 192, 193, 1000, 2304}) {
    all.push_back({2, 3, queries, 64, MaskKind::kFractional});
    all.push_back({2, 3, queries, 80, MaskKind::kCheckerboard});
  }
  for (int64_t dim : {32, 40, 64, 80, 128, 160}) all.push_back({2, 3, 500, dim, MaskKind::kFractional});
  /* Several waves of tiles, the last of them cut into pieces (the small cases above are one wave). */
  all.push_back({8, 10, 1024, 64, MaskKind::kBlob});
  all.push_back({4, 23, 330, 64, MaskKind::kFractional});
  all.push_back({3, 41, 200, 128, MaskKind::kFractional});
  all.push_back({300, 3, 200, 64, MaskKind::kBlob});      /* more frames than a launch takes */
  all.push_back({8200, 8, 9, 32, MaskKind::kFractional}); /* frames x heads above 65,535 */
  return all;
}

class SelfAttentionCuda : public testing::Test {
 protected:
  void SetUp() override {
    if (c10::cuda::device_count() == 0) GTEST_SKIP() << "no GPU";
    at::manual_seed(5);
  }
};

TEST_F(SelfAttentionCuda, OverTheCaseTable) {
  for (const cases::SelfCase& c : gpu_cases()) {
    for (at::ScalarType type : {at::kFloat, at::kBFloat16, at::kHalf}) {
      const CudaInputs x(cases::SelfInputs(c, type));
      const auto wide = [](const at::Tensor& t) { return t.defined() ? t.to(at::kDouble) : t; };
      const at::Tensor eager = reference::masked_self_attention(x.q0, x.k0, x.q2, x.k2, x.v2, x.mask);
      const at::Tensor exact = reference::masked_self_attention(wide(x.q0), wide(x.k0), wide(x.q2), wide(x.k2), wide(x.v2), wide(x.mask));
      const double bound = 2 * error(eager, exact) + 1e-5;
      const std::string what = text(type, " ", c.frames, "x", c.heads, "x", c.queries, "x", c.dim, " ", name_of(c.mask));
      for (SelfUnit unit : {SelfUnit::kHopper, SelfUnit::kAmpere}) {
        x.out.fill_(NAN);
        const cudaError_t status = run(x, unit);
        if (status == cudaErrorNotSupported) continue;
        C10_CUDA_CHECK(status);
        EXPECT_LE(error(x.out, exact), bound) << what << " unit " << static_cast<int>(unit);
      }
      x.out.fill_(NAN);
      fused::cuda::masked_self_attention(x.q0, x.k0, x.q2, x.k2, x.v2, x.mask, x.out);
      EXPECT_LE(error(x.out, exact), bound) << what;
    }
  }
}

TEST_F(SelfAttentionCuda, F32HasNoMatrixUnit) {
  const CudaInputs x(cases::SelfInputs({1, 1, 8, 64, cases::MaskKind::kBlob}, at::kFloat));
  EXPECT_EQ(run(x, SelfUnit::kHopper), cudaErrorNotSupported);
  EXPECT_EQ(run(x, SelfUnit::kAmpere), cudaErrorNotSupported);
}

}  // namespace
}  // namespace fmk
