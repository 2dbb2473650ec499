#include "ops/attention_checks.h"

#include <limits>

#include "core/error.h"

namespace fmk {
namespace {

constexpr int64_t kDimStep = 8;
constexpr int64_t kMostDim = 256;
constexpr int64_t kMostTokens = 128;
constexpr int64_t kMostFrames = 64;

}  // namespace

std::string check_device(Operands operands) {
  for (const at::Tensor* x : operands) {
    if (!x->is_cpu()) return text("check_device: a tensor is on ", x->device(), ", the kernels are for the CPU");
  }
  return "";
}

std::string check_dtype(Operands operands) {
  const at::ScalarType type = (*operands.begin())->scalar_type();
  if (type != at::kFloat && type != at::kBFloat16) return text("check_dtype: ", type, ", the kernels take Float and BFloat16");
  for (const at::Tensor* x : operands) {
    if (x->scalar_type() != type) return text("check_dtype: ", type, " and ", x->scalar_type(), " in one call");
  }
  return "";
}

std::string check_head_dim(const at::Tensor& q) {
  const int64_t dim = q.size(3);
  if (dim % kDimStep == 0 && dim > 0 && dim <= kMostDim) return "";
  return text("check_head_dim: heads of ", dim, " channels, the kernels take multiples of ", kDimStep, " up to ", kMostDim);
}

std::string check_channel_stride(Operands operands) {
  for (const at::Tensor* x : operands) {
    if (x->stride(3) != 1) return text("check_channel_stride: a channel stride of ", x->stride(3), ", expected 1");
  }
  return "";
}

std::string check_extent(const at::Tensor& q) {
  constexpr int64_t kMost = std::numeric_limits<int32_t>::max();
  if (q.numel() > 0 && q.size(0) <= kMost && q.size(1) <= kMost && q.size(2) <= kMost) return "";
  return text("check_extent: queries of the shape ", q.sizes());
}

std::string check_tokens(const at::Tensor& k) {
  if (k.size(2) > 0 && k.size(2) <= kMostTokens) return "";
  return text("check_tokens: ", k.size(2), " text tokens, the kernel takes 1 to ", kMostTokens);
}

std::string check_frames(const at::Tensor& q) {
  if (q.size(2) <= kMostFrames) return "";
  return text("check_frames: ", q.size(2), " frames, the kernel takes ", kMostFrames, " at most");
}

std::string check_key_batch(const at::Tensor& q, Operands keys) {
  for (const at::Tensor* x : keys) {
    if (x->size(0) != 1 && x->size(0) != q.size(0)) {
      return text("check_key_batch: keys of ", x->size(0), " frames for queries of ", q.size(0));
    }
  }
  return "";
}

std::string common_refusal(Operands operands) {
  return first_of({check_device(operands), check_dtype(operands), check_head_dim(**operands.begin()), check_channel_stride(operands),
                   check_extent(**operands.begin())});
}

std::string first_of(std::initializer_list<std::string> refusals) {
  for (const std::string& refusal : refusals) {
    if (!refusal.empty()) return refusal;
  }
  return "";
}

}  // namespace fmk
