#include "core/error.h"
#include "kernels/kernel_table.h"
#include "ops/attention.h"
#include "ops/attention_checks.h"
#include "ops/fused_attention.h"
#include "ops/fused_attention_cuda.h"
#include "ops/masked_attention.h"
#include "ops/masked_attention_reference.h"

namespace fmk {
namespace {

const kernels::KernelTable& table() { return kernels::best_kernels(); }

/* What the fused way of a call is counted under. */
std::string kernel_of(const at::Tensor& q) {
  if constexpr (fused::cuda::kCompiled) {
    if (q.is_cuda()) return fused::cuda::kernel_name(q.device());
  }
  return table().isa;
}

/* On CUDA there is no kernel for cross attention. */
std::string check_cross_device(const at::Tensor& q) {
  if (q.is_cuda()) return text("check_cross_device: the queries are on ", q.device(), ", cross attention has a kernel for the CPU alone");
  return "";
}

/* Fewest keys for which matrix units are worth their two products and the blend. */
constexpr int64_t kMatrixUnitKeys = 128;

/* libtorch multiplies bf16 with AMX where the processor has it, several times faster than any vector instruction. */
std::string drawback_of_vectors(const at::Tensor& k) {
  if (k.is_cpu() && k.scalar_type() == at::kBFloat16 && k.size(2) >= kMatrixUnitKeys && kernels::has_matrix_units()) {
    return text("bf16 with ", k.size(2), " keys is faster on this processor's AMX, which the kernels do not use");
  }
  return "";
}

/* Most frames for which, in f32, reading a sequence where it lies beats libtorch's copies and products; with control, which saves more, it
 * always does. */
constexpr int64_t kStridedFrames = 12;

std::string drawback_of_strides(const at::Tensor& q) {
  if (!q.is_cpu() || q.scalar_type() != at::kFloat || q.size(2) <= kStridedFrames) return "";
  return text("f32 sequences of ", q.size(2), " frames are faster by libtorch's batched products");
}

}  // namespace

void masked_self_attention(AttentionRoute& route, const at::Tensor& q0, const at::Tensor& k0, const at::Tensor& q2, const at::Tensor& k2,
                           const at::Tensor& v2, const at::Tensor& mask, const at::Tensor& out) {
  route.run(
      "masked_self_attention", kernel_of(q2),
      first_of({common_refusal({&q0, &k0, &q2, &k2, &v2, &out}), check_control_device(q2, {&mask})}), drawback_of_vectors(k2),
      [&] {
        if constexpr (fused::cuda::kCompiled) {
          if (q2.is_cuda()) return fused::cuda::masked_self_attention(q0, k0, q2, k2, v2, mask, out);
        }
        fused::masked_self_attention(table(), q0, k0, q2, k2, v2, mask, out);
      },
      [&] { out.copy_(reference::masked_self_attention(q0, k0, q2, k2, v2, mask)); });
}

void masked_cross_attention(AttentionRoute& route, const at::Tensor& q0, const at::Tensor& k0, const at::Tensor& q2, const at::Tensor& k2,
                            const at::Tensor& v2, const at::Tensor& mask, const CrossControl& control, const at::Tensor& out) {
  route.run(
      "masked_cross_attention", kernel_of(q2),
      first_of({common_refusal({&q0, &k0, &q2, &k2, &v2, &out}), check_tokens(k2), check_key_batch(q2, {&k0, &k2, &v2}),
                check_cross_device(q2)}),
      "", [&] { fused::masked_cross_attention(table(), q0, k0, q2, k2, v2, mask, control, out); },
      [&] { out.copy_(reference::masked_cross_attention(q0, k0, q2, k2, v2, mask, control)); });
}

void captured_cross_attention(AttentionRoute& route, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                              const std::vector<at::Tensor>& groups, const at::Tensor& out, const at::Tensor& maps) {
  route.run(
      "captured_cross_attention", kernel_of(q),
      first_of({common_refusal({&q, &k, &v, &out}), check_tokens(k), check_key_batch(q, {&k, &v}), check_cross_device(q)}), "",
      [&] { fused::captured_cross_attention(table(), q, k, v, groups, out, maps); },
      [&] {
        out.copy_(attention(q, k, v));
        maps.copy_(reference::word_maps(q, k, groups));
      });
}

void temporal_attention(AttentionRoute& route, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const at::Tensor& out) {
  route.run(
      "temporal_attention", kernel_of(q), first_of({common_refusal({&q, &k, &v, &out}), check_frames(q)}), drawback_of_strides(q),
      [&] {
        if constexpr (fused::cuda::kCompiled) {
          if (q.is_cuda()) return fused::cuda::temporal_attention(q, k, v, out);
        }
        fused::temporal_attention(table(), q, k, v, out);
      },
      [&] { out.copy_(attention(q, k, v)); });
}

void masked_temporal_attention(AttentionRoute& route, const at::Tensor& q0, const at::Tensor& k0, const at::Tensor& q2,
                               const at::Tensor& k2, const at::Tensor& v2, const at::Tensor& mask, int32_t mode, int32_t polarity,
                               const at::Tensor& out) {
  route.run(
      "masked_temporal_attention", kernel_of(q2),
      first_of({common_refusal({&q0, &k0, &q2, &k2, &v2, &out}), check_frames(q2), check_control_device(q2, {&mask})}), "",
      [&] {
        if constexpr (fused::cuda::kCompiled) {
          if (q2.is_cuda()) return fused::cuda::masked_temporal_attention(q0, k0, q2, k2, v2, mask, mode, polarity, out);
        }
        fused::masked_temporal_attention(table(), q0, k0, q2, k2, v2, mask, mode, polarity, out);
      },
      [&] { out.copy_(reference::masked_temporal_attention(q0, k0, q2, k2, v2, mask, mode, polarity)); });
}

}  // namespace fmk
