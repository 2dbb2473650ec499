#include "ops/attention.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <ATen/ops/softmax.h>

#include <cmath>

namespace fmk {
namespace {

/* Longest sequence for which two batched products beat the fused kernel on a CPU. */
constexpr int64_t kShort = 32;

}  // namespace

at::Tensor attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) {
  if (q.is_cpu() && q.size(2) <= kShort && k.size(2) <= kShort) return at::matmul(attention_probabilities(q, k), v);
  return at::scaled_dot_product_attention(q, k, v);
}

at::Tensor attention_probabilities(const at::Tensor& q, const at::Tensor& k) {
  const double scale = 1.0 / std::sqrt(static_cast<double>(q.size(3)));
  return at::softmax(at::matmul(q * scale, k.transpose(2, 3)), -1);
}

at::Tensor split_heads(const at::Tensor& x, int64_t heads) {
  return x.view({x.size(0), x.size(1), heads, x.size(2) / heads}).transpose(1, 2);
}

at::Tensor merge_heads(const at::Tensor& x) { return x.transpose(1, 2).reshape({x.size(0), x.size(2), x.size(1) * x.size(3)}); }

}  // namespace fmk
