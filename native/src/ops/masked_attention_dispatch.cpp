#include "core/error.h"
#include "ops/attention.h"
#include "ops/attention_checks.h"
#include "ops/fused_attention.h"
#include "ops/masked_attention.h"
#include "ops/masked_attention_reference.h"

namespace fmk {
namespace {

const kernels::KernelTable& table() { return kernels::best_kernels(); }

/* Fewest keys for which matrix units are worth their two products and the blend. */
constexpr int64_t kMatrixUnitKeys = 128;

/* libtorch multiplies bf16 with AMX where the processor has it, several times faster than any vector instruction. */
std::string drawback_of_vectors(const at::Tensor& k) {
  if (k.scalar_type() == at::kBFloat16 && k.size(2) >= kMatrixUnitKeys && kernels::has_matrix_units()) {
    return text("bf16 with ", k.size(2), " keys is faster on this processor's AMX, which the kernels do not use");
  }
  return "";
}

/* Most frames for which, in f32, reading a sequence where it lies beats libtorch's copies and products; with control, which saves more, it
 * always does. */
constexpr int64_t kStridedFrames = 12;

std::string drawback_of_strides(const at::Tensor& q) {
  if (q.scalar_type() != at::kFloat || q.size(2) <= kStridedFrames) return "";
  return text("f32 sequences of ", q.size(2), " frames are faster by libtorch's batched products");
}

}  // namespace

void masked_self_attention(AttentionRoute& route, const at::Tensor& q0, const at::Tensor& k0, const at::Tensor& q2, const at::Tensor& k2,
                           const at::Tensor& v2, const at::Tensor& mask, const at::Tensor& out) {
  route.run(
      "masked_self_attention", common_refusal({&q0, &k0, &q2, &k2, &v2, &out}), drawback_of_vectors(k2),
      [&] { fused::masked_self_attention(table(), q0, k0, q2, k2, v2, mask, out); },
      [&] { out.copy_(reference::masked_self_attention(q0, k0, q2, k2, v2, mask)); });
}

void masked_cross_attention(AttentionRoute& route, const at::Tensor& q0, const at::Tensor& k0, const at::Tensor& q2, const at::Tensor& k2,
                            const at::Tensor& v2, const at::Tensor& mask, const CrossControl& control, const at::Tensor& out) {
  route.run(
      "masked_cross_attention",
      first_of({common_refusal({&q0, &k0, &q2, &k2, &v2, &out}), check_tokens(k2), check_key_batch(q2, {&k0, &k2, &v2})}), "",
      [&] { fused::masked_cross_attention(table(), q0, k0, q2, k2, v2, mask, control, out); },
      [&] { out.copy_(reference::masked_cross_attention(q0, k0, q2, k2, v2, mask, control)); });
}

void captured_cross_attention(AttentionRoute& route, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                              const std::vector<at::Tensor>& groups, const at::Tensor& out, const at::Tensor& maps) {
  route.run(
      "captured_cross_attention", first_of({common_refusal({&q, &k, &v, &out}), check_tokens(k), check_key_batch(q, {&k, &v})}), "",
      [&] { fused::captured_cross_attention(table(), q, k, v, groups, out, maps); },
      [&] {
        out.copy_(attention(q, k, v));
        maps.copy_(reference::word_maps(q, k, groups));
      });
}

void temporal_attention(AttentionRoute& route, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const at::Tensor& out) {
  route.run(
      "temporal_attention", first_of({common_refusal({&q, &k, &v, &out}), check_frames(q)}), drawback_of_strides(q),
      [&] { fused::temporal_attention(table(), q, k, v, out); }, [&] { out.copy_(attention(q, k, v)); });
}

void masked_temporal_attention(AttentionRoute& route, const at::Tensor& q0, const at::Tensor& k0, const at::Tensor& q2,
                               const at::Tensor& k2, const at::Tensor& v2, const at::Tensor& mask, int32_t mode, int32_t polarity,
                               const at::Tensor& out) {
  route.run(
      "masked_temporal_attention", first_of({common_refusal({&q0, &k0, &q2, &k2, &v2, &out}), check_frames(q2)}), "",
      [&] { fused::masked_temporal_attention(table(), q0, k0, q2, k2, v2, mask, mode, polarity, out); },
      [&] { out.copy_(reference::masked_temporal_attention(q0, k0, q2, k2, v2, mask, mode, polarity)); });
}

}  // namespace fmk
