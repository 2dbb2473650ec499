#include "kernels/cuda/self_attention.h"
#include "kernels/cuda/self_attention_kernels.h"

namespace fmk::kernels::cuda {
namespace {

/* Only code for 9.0 itself has Hopper's instructions. */
cudaError_t has_hopper_unit(bool& has) {
  int device = 0;
  int major = 0;
  int minor = 0;
  cudaError_t error = cudaGetDevice(&device);
  if (error == cudaSuccess) error = cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device);
  if (error == cudaSuccess) error = cudaDeviceGetAttribute(&minor, cudaDevAttrComputeCapabilityMinor, device);
  has = major == 9 && minor == 0;
  return error;
}

/* The tensor copy engine has no stride of 0. */
bool can_be_boxed(const Operand& x, const SelfAttention& p) { return (p.heads == 1 || x.head != 0) && (p.keys == 1 || x.row != 0); }

}  // namespace

bool self_head_dim(int64_t dim) {
  return with_head_dim(dim, [](auto) { return cudaSuccess; }) == cudaSuccess;
}

size_t self_attention_workspace(int64_t frames, int64_t queries) { return runs_workspace(frames, queries); }

cudaError_t self_attention(const SelfAttention& p, cudaStream_t stream) {
  bool hopper = false;
  cudaError_t error = has_hopper_unit(hopper);
  if (error != cudaSuccess) return error;
  hopper = hopper && can_be_boxed(p.k0, p) && can_be_boxed(p.k2, p) && can_be_boxed(p.v2, p);
  const bool f32 = p.element == Element::kF32;
  if (f32 && p.unit != SelfUnit::kBest) return cudaErrorNotSupported;
  if (!hopper && p.unit == SelfUnit::kHopper) return cudaErrorNotSupported;

  error = find_runs(p.mask, p.frames, p.queries, p.runs, stream);
  if (error != cudaSuccess) return error;
  if (f32) return self_attention_f32(p, stream);
  return hopper && p.unit != SelfUnit::kAmpere ? self_attention_hopper(p, stream) : self_attention_ampere(p, stream);
}

}  // namespace fmk::kernels::cuda
