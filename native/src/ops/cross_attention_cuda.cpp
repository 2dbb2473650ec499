#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#include <cuda_runtime_api.h>

#include "core/error.h"
#include "kernels/cuda/cross_attention.h"
#include "ops/fused_attention_cuda.h"
#include "ops/operand_cuda.h"

namespace fmk::fused::cuda {
namespace {

/* f32, contiguous, on the device it is on; undefined stays undefined. */
at::Tensor plain(const at::Tensor& x) { return x.defined() ? x.to(at::kFloat).contiguous() : x; }

const float* floats(const at::Tensor& x) { return x.defined() ? x.const_data_ptr<float>() : nullptr; }

/* One launch: its parameters, and the tensors that they point into. libtorch's allocator keeps their memory to this stream when they go. */
class Launch {
 public:
  Launch(const at::Tensor& q, const at::Tensor& k) : device_(q.device()) {
    p_.element = element_of(q);
    p_.frames = q.size(0);
    p_.heads = q.size(1);
    p_.queries = q.size(2);
    p_.tokens = k.size(2);
    p_.dim = q.size(3);
    p_.scale = scale_of(q);
  }

  kernels::cuda::CrossItem& item(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const at::Tensor& out) {
    kernels::cuda::CrossItem& item = p_.item[p_.items++];
    item.q = operand(q);
    item.k = operand(k);
    item.v = operand(v);
    item.out = operand(out);
    return item;
  }

  /* The item is controlled by the source's q0 and k0. */
  void control(kernels::cuda::CrossItem& item, const at::Tensor& q0, const at::Tensor& k0, const at::Tensor& mask,
               const CrossControl& control) {
    item.controlled = true;
    item.q0 = operand(q0);
    item.k0 = operand(k0);
    item.mask = floats(keep(mask));
    p_.blend_first = control.mode == FMK_CROSS_BLEND_THEN_MAP;
    p_.matrix = floats(keep(control.matrix));
    p_.weights = floats(keep(control.weights));
    p_.equalizer = floats(keep(control.equalizer));
    p_.alpha = floats(keep(control.alpha));
  }

  void groups(const std::vector<at::Tensor>& groups) {
    for (const at::Tensor& group : groups) {
      kept_.push_back(group.contiguous());
      p_.group_tokens[p_.groups] = kept_.back().const_data_ptr<int64_t>();
      p_.group_sizes[p_.groups++] = static_cast<int32_t>(group.numel());
    }
  }

  void run() const {
    const c10::cuda::CUDAGuard guard(device_);
    C10_CUDA_CHECK(kernels::cuda::cross_attention(p_, c10::cuda::getCurrentCUDAStream()));
  }

 private:
  const at::Tensor& keep(const at::Tensor& x) {
    kept_.push_back(plain(x));
    return kept_.back();
  }

  at::Device device_;
  kernels::cuda::CrossAttention p_{};
  std::vector<at::Tensor> kept_;
};

}  // namespace

std::string check_cross_memory(const at::Tensor& q, const at::Tensor& k, size_t groups, bool controlled, bool mapped) {
  kernels::cuda::CrossAttention p{};
  p.element = element_of(q);
  p.tokens = k.size(2);
  p.dim = q.size(3);
  p.groups = static_cast<int32_t>(groups);
  p.items = 1;
  p.item[0].controlled = controlled;
  const float any = 0;
  if (mapped) p.matrix = &any;
  int most = 0;
  C10_CUDA_CHECK(cudaDeviceGetAttribute(&most, cudaDevAttrMaxSharedMemoryPerBlockOptin, q.device().index()));
  const size_t bytes = kernels::cuda::cross_shared_memory(p);
  if (bytes <= static_cast<size_t>(most)) return "";
  return text("check_cross_memory: ", p.tokens, " tokens of ", p.dim, " channels need ", bytes, " bytes of shared memory, ", q.device(),
              " has ", most);
}

std::string check_groups(size_t groups) {
  if (groups <= kernels::cuda::kMostCrossGroups) return "";
  return text("check_groups: ", groups, " groups of words, the CUDA kernel takes ", kernels::cuda::kMostCrossGroups, " at most");
}

std::string check_items(int64_t items) {
  if (items <= kernels::cuda::kMostCrossItems) return "";
  return text("check_items: ", items, " items of a batch, the CUDA kernel takes ", kernels::cuda::kMostCrossItems, " at most");
}

void masked_cross_attention(const at::Tensor& q0, const at::Tensor& k0, const at::Tensor& q2, const at::Tensor& k2, const at::Tensor& v2,
                            const at::Tensor& mask, const CrossControl& control, const at::Tensor& out) {
  Launch launch(q2, k2);
  launch.control(launch.item(q2, k2, v2, out), q0, k0, mask, control);
  launch.run();
}

void captured_cross_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const std::vector<at::Tensor>& groups,
                              const at::Tensor& out, const at::Tensor& maps) {
  Launch launch(q, k);
  launch.item(q, k, v, out).maps = maps.data_ptr<float>();
  launch.groups(groups);
  launch.run();
}

void cross_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const CrossBatch& batch, const at::Tensor& out) {
  const auto of = [](const at::Tensor& x, int64_t i) { return x.narrow(0, i, 1); };
  const auto maps_of = [&](int64_t i) { return i == batch.captured ? batch.maps.data_ptr<float>() : nullptr; };
  Launch launch(of(q, 0), k);
  for (int64_t i = 0; i < q.size(0); ++i) {
    if (batch.edit >= 0 && i == batch.source) continue;
    kernels::cuda::CrossItem& item = launch.item(of(q, i), of(k, i), of(v, i), of(out, i));
    item.maps = maps_of(i);
    if (i != batch.edit) continue;
    launch.control(item, batch.q0, batch.k0, batch.mask, batch.control);
    if (batch.source < 0) continue;
    item.v0 = operand(of(v, batch.source));
    item.out0 = operand(of(out, batch.source));
    item.maps0 = maps_of(batch.source);
  }
  if (batch.captured >= 0) launch.groups(batch.groups);
  launch.run();
}

}  // namespace fmk::fused::cuda
