#include "ops/attention_checks.h"

#include <algorithm>
#include <array>
#include <limits>

#include "core/error.h"
#include "ops/fused_attention_cuda.h"

namespace fmk {
namespace {

constexpr int64_t kDimStep = 8;
constexpr int64_t kMostDim = 256;
constexpr int64_t kMostTokens = 128;
constexpr int64_t kMostFrames = 64;
constexpr std::array<int64_t, 6> kCudaDims{32, 40, 64, 80, 128, 160};
constexpr int64_t kCudaAlignment = 16; /* bytes of one load */

}  // namespace

std::string check_device(Operands operands) {
  const at::Device device = (*operands.begin())->device();
  for (const at::Tensor* x : operands) {
    if (x->device() != device) return text("check_device: tensors on ", device, " and ", x->device(), " in one call");
  }
  if (device.is_cpu()) return "";
  if constexpr (fused::cuda::kCompiled) {
    if (device.is_cuda()) return fused::cuda::check_capability(device);
  }
  return text("check_device: a tensor is on ", device, ", for which this build has no kernels");
}

std::string check_dtype(Operands operands) {
  const at::Tensor& first = **operands.begin();
  const at::ScalarType type = first.scalar_type();
  const bool half = type == at::kHalf && first.is_cuda();
  if (type != at::kFloat && type != at::kBFloat16 && !half) {
    return text("check_dtype: ", type, ", the kernels take Float and BFloat16", first.is_cuda() ? " and Half" : "");
  }
  for (const at::Tensor* x : operands) {
    if (x->scalar_type() != type) return text("check_dtype: ", type, " and ", x->scalar_type(), " in one call");
  }
  return "";
}

std::string check_head_dim(const at::Tensor& q) {
  const int64_t dim = q.size(3);
  if (q.is_cuda()) {
    if (std::find(kCudaDims.begin(), kCudaDims.end(), dim) != kCudaDims.end()) return "";
    return text("check_head_dim: heads of ", dim, " channels, the CUDA kernels take ", at::IntArrayRef(kCudaDims));
  }
  if (dim % kDimStep == 0 && dim > 0 && dim <= kMostDim) return "";
  return text("check_head_dim: heads of ", dim, " channels, the kernels take multiples of ", kDimStep, " up to ", kMostDim);
}

std::string check_channel_stride(Operands operands) {
  for (const at::Tensor* x : operands) {
    if (x->stride(3) != 1) return text("check_channel_stride: a channel stride of ", x->stride(3), ", expected 1");
  }
  return "";
}

std::string check_alignment(Operands operands) {
  for (const at::Tensor* x : operands) {
    if (!x->is_cuda()) continue;
    const int64_t size = x->element_size();
    const auto address = reinterpret_cast<uintptr_t>(x->const_data_ptr());
    if (address % kCudaAlignment != 0)
      return text("check_alignment: a tensor starts ", address % kCudaAlignment, " bytes after a multiple of 16");
    for (int64_t d = 0; d < 3; ++d) {
      if (x->size(d) > 1 && x->stride(d) * size % kCudaAlignment != 0) {
        return text("check_alignment: a stride of ", x->stride(d) * size, " bytes, the CUDA kernels take multiples of ", kCudaAlignment);
      }
    }
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

std::string check_control_device(const at::Tensor& q, Operands control) {
  for (const at::Tensor* x : control) {
    if (x->defined() && x->device() != q.device()) {
      return text("check_control_device: a mask or a token map is on ", x->device(), ", the queries are on ", q.device());
    }
  }
  return "";
}

std::string check_maps(const at::Tensor& maps) {
  if (maps.scalar_type() == at::kFloat && maps.is_contiguous()) return "";
  return text("check_maps: word maps of ", maps.scalar_type(), " with the strides ", maps.strides(), ", expected Float and contiguous");
}

std::string common_refusal(Operands operands) {
  return first_of({check_device(operands), check_dtype(operands), check_head_dim(**operands.begin()), check_channel_stride(operands),
                   check_extent(**operands.begin()), check_alignment(operands)});
}

std::string first_of(std::initializer_list<std::string> refusals) {
  for (const std::string& refusal : refusals) {
    if (!refusal.empty()) return refusal;
  }
  return "";
}

}  // namespace fmk
