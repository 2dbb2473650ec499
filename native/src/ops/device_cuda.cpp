#include <c10/cuda/CUDAException.h>
#include <cuda_runtime_api.h>

#include "core/error.h"
#include "ops/fused_attention_cuda.h"

namespace fmk::fused::cuda {
namespace {

struct Capability {
  int major = 0;
  int minor = 0;
};

Capability capability(at::Device device) {
  Capability c;
  C10_CUDA_CHECK(cudaDeviceGetAttribute(&c.major, cudaDevAttrComputeCapabilityMajor, device.index()));
  C10_CUDA_CHECK(cudaDeviceGetAttribute(&c.minor, cudaDevAttrComputeCapabilityMinor, device.index()));
  return c;
}

}  // namespace

std::string check_capability(at::Device device) {
  const Capability c = capability(device);
  if (c.major >= 8) return "";
  return text("check_capability: ", device, " has compute capability ", c.major, ".", c.minor, ", the CUDA kernels need 8.0");
}

std::string kernel_name(at::Device device) {
  const Capability c = capability(device);
  return text("sm_", c.major, c.minor);
}

}  // namespace fmk::fused::cuda
