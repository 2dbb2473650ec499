#include <ATen/ops/empty.h>

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

/* What the CUDA kernel of cross attention needs beside what both do. */
std::string cuda_cross_refusal(const at::Tensor& q, const at::Tensor& k, size_t groups, bool controlled, bool mapped) {
  if constexpr (fused::cuda::kCompiled) {
    if (q.is_cuda()) {
      return first_of({fused::cuda::check_groups(groups), fused::cuda::check_cross_memory(q, k, groups, controlled, mapped)});
    }
  }
  return "";
}

std::string check_control_devices(const at::Tensor& q, const at::Tensor& mask, const CrossControl& control) {
  return check_control_device(q, {&mask, &control.matrix, &control.weights, &control.equalizer, &control.alpha});
}

std::string check_capture(const at::Tensor& q, const std::vector<at::Tensor>& groups, const at::Tensor& maps) {
  for (const at::Tensor& group : groups) {
    const std::string refusal = check_control_device(q, {&group});
    if (!refusal.empty()) return refusal;
  }
  return first_of({check_control_device(q, {&maps}), check_maps(maps)});
}

/* Fewest keys for which matrix units are faster, though without a kernel a mask costs two products and a blend. */
constexpr int64_t kMatrixUnitKeys = 128;

/* libtorch multiplies bf16 with AMX where the processor has it, several times faster than any vector instruction. */
std::string drawback_of_vectors(const at::Tensor& k) {
  if (k.is_cpu() && k.scalar_type() == at::kBFloat16 && k.size(2) >= kMatrixUnitKeys && kernels::has_matrix_units()) {
    return text("bf16 with ", k.size(2), " keys is faster on this processor's AMX, which the kernels do not use");
  }
  return "";
}

/* Of long rows of keys, for which libtorch's products use all that the processor has. */
std::string drawback_of_portable(const at::Tensor& k) {
  return k.is_cpu() && &table() == &kernels::kPortableKernels ? "libtorch's products are faster than the portable kernels" : "";
}

}  // namespace

at::Tensor plain_attention(AttentionRoute& route, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) {
  if (!q.is_cpu()) return merge_heads(attention(q, k, v));
  at::Tensor result;
  route.run(
      "attention", kernel_of(q), common_refusal({&q, &k, &v}), first_of({drawback_of_vectors(k), drawback_of_portable(k)}),
      [&] {
        result = at::empty({q.size(0), q.size(2), q.size(1) * q.size(3)}, q.options());
        fused::attention(table(), q, k, v, split_heads(result, q.size(1)));
      },
      [&] { result = merge_heads(attention(q, k, v)); });
  return result;
}

void masked_self_attention(AttentionRoute& route, const at::Tensor& q0, const at::Tensor& k0, const at::Tensor& q2, const at::Tensor& k2,
                           const at::Tensor& v2, const at::Tensor& mask, const at::Tensor& out) {
  route.run(
      "masked_self_attention", kernel_of(q2),
      first_of({common_refusal({&q0, &k0, &q2, &k2, &v2, &out}), check_control_device(q2, {&mask})}),
      first_of({drawback_of_vectors(k2), drawback_of_portable(k2)}),
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
                check_control_devices(q2, mask, control), cuda_cross_refusal(q2, k2, 0, true, control.matrix.defined())}),
      "",
      [&] {
        if constexpr (fused::cuda::kCompiled) {
          if (q2.is_cuda()) return fused::cuda::masked_cross_attention(q0, k0, q2, k2, v2, mask, control, out);
        }
        fused::masked_cross_attention(table(), q0, k0, q2, k2, v2, mask, control, out);
      },
      [&] { out.copy_(reference::masked_cross_attention(q0, k0, q2, k2, v2, mask, control)); });
}

void captured_cross_attention(AttentionRoute& route, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                              const std::vector<at::Tensor>& groups, const at::Tensor& out, const at::Tensor& maps) {
  route.run(
      "captured_cross_attention", kernel_of(q),
      first_of({common_refusal({&q, &k, &v, &out}), check_tokens(k), check_key_batch(q, {&k, &v}), check_capture(q, groups, maps),
                cuda_cross_refusal(q, k, groups.size(), false, false)}),
      "",
      [&] {
        if constexpr (fused::cuda::kCompiled) {
          if (q.is_cuda()) return fused::cuda::captured_cross_attention(q, k, v, groups, out, maps);
        }
        fused::captured_cross_attention(table(), q, k, v, groups, out, maps);
      },
      [&] {
        out.copy_(attention(q, k, v));
        maps.copy_(reference::word_maps(q, k, groups));
      });
}

namespace {

/* The items of a batch, one call each. */
void cross_attention_by_item(AttentionRoute& route, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const CrossBatch& batch,
                             const at::Tensor& out) {
  const auto of = [](const at::Tensor& x, int64_t i) { return x.narrow(0, i, 1); };
  for (int64_t i = 0; i < q.size(0); ++i) {
    if (i == batch.captured) {
      captured_cross_attention(route, of(q, i), of(k, i), of(v, i), batch.groups, of(out, i), batch.maps);
    }
    if (i == batch.edit) {
      masked_cross_attention(route, batch.q0, batch.k0, of(q, i), of(k, i), of(v, i), batch.mask, batch.control, of(out, i));
    } else if (i != batch.captured) {
      of(out, i).copy_(split_heads(plain_attention(route, of(q, i), of(k, i), of(v, i)), q.size(1)));
    }
  }
}

}  // namespace

void cross_attention(AttentionRoute& route, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const CrossBatch& batch,
                     const at::Tensor& out) {
  const auto by_item = [&] { cross_attention_by_item(route, q, k, v, batch, out); };
  if constexpr (fused::cuda::kCompiled) {
    if (q.is_cuda()) {
      const std::string capture = batch.captured >= 0 ? check_capture(q, batch.groups, batch.maps) : "";
      const size_t groups = batch.captured >= 0 ? batch.groups.size() : 0;
      const bool controlled = batch.edit >= 0;
      const bool shared = controlled && batch.source >= 0; /* source and edit are one item of the launch */
      return route.run(
          "cross_attention", kernel_of(q),
          first_of({common_refusal({&q, &k, &v, &out}), controlled ? common_refusal({&q, &batch.q0, &batch.k0}) : "", check_tokens(k),
                    capture, check_control_devices(q, batch.mask, batch.control), fused::cuda::check_items(q.size(0) - (shared ? 1 : 0)),
                    cuda_cross_refusal(q, k, groups, controlled, batch.control.matrix.defined())}),
          "", [&] { fused::cuda::cross_attention(q, k, v, batch, out); }, by_item);
    }
  }
  by_item();
}

void temporal_attention(AttentionRoute& route, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const at::Tensor& out) {
  route.run(
      "temporal_attention", kernel_of(q), first_of({common_refusal({&q, &k, &v, &out}), check_frames(q)}), "",
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
