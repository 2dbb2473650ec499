#include "model/unet/source_cache_cuda.h"

#include <ATen/cuda/CUDAEvent.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#include <cuda_runtime_api.h>

#include <array>
#include <cstring>

#include "core/error.h"
#include "io/scratch_file.h"

namespace fmk::cuda {
namespace {

/* Page-locked, of exactly this size: libtorch's own allocator rounds up to a power of two. */
at::Tensor locked_memory(int64_t bytes) {
  void* memory = nullptr;
  const cudaError_t error = cudaHostAlloc(&memory, static_cast<size_t>(bytes), cudaHostAllocDefault);
  if (error != cudaSuccess) {
    static_cast<void>(cudaGetLastError()); /* it would be told again by the next call */
    fail(error == cudaErrorMemoryAllocation ? FMK_STATUS_OUT_OF_MEMORY : FMK_STATUS_CUDA,
         text("cannot lock ", bytes, " bytes of host memory: ", cudaGetErrorString(error)));
  }
  return at::from_blob(
      memory, {bytes}, [](void* locked) { static_cast<void>(cudaFreeHost(locked)); }, at::TensorOptions(at::kByte));
}

struct HostCopy {
  void* to;
  const void* from;
  size_t bytes;
};

/*
 * Copies go over a stream of their own, beside the computation: a record that is kept leaves during the next step, and one that is taken
 * comes during the step before, since the host enqueues steps ahead of the GPU. Two blocks of the device's memory, taken in turns, stand
 * between the streams; the host waits for none of it.
 */
class CudaSourceCache : public SourceCache {
 public:
  /* bounce: whether memory is not page-locked, so that copies go by way of some that is. */
  CudaSourceCache(at::Tensor memory, bool bounce, c10::Device device)
      : SourceCache(std::move(memory)), bounces_(bounce), device_(device), copies_(c10::cuda::getStreamFromPool(false, device.index())) {}

  ~CudaSourceCache() override {
    /* Memory goes after this: the copies must be over. An error of theirs has nowhere to be told. */
    static_cast<void>(cudaStreamSynchronize(copies_));
  }

  at::Tensor block(int64_t bytes) const override { return at::empty({bytes}, at::TensorOptions(at::kByte).device(device_)); }

  void taken() override { current_->free.record(c10::cuda::getCurrentCUDAStream()); }

 protected:
  void store(const at::Tensor& block, const at::Tensor& host) override {
    const c10::cuda::CUDAStream compute = c10::cuda::getCurrentCUDAStream();
    const at::Tensor staged = next(host.numel());
    current_->free.block(compute);
    staged.copy_(block, /*non_blocking=*/true);
    at::cuda::CUDAEvent ready;
    ready.record(compute);
    ready.block(copies_);
    if (bounces_) {
      const at::Tensor locked = bounce(host.numel());
      copy(locked, staged);
      copy_on_host(host, locked);
    } else {
      copy(host, staged);
    }
    current_->free.record(copies_);
  }

  at::Tensor load(const at::Tensor& host) override {
    at::Tensor staged = next(host.numel());
    current_->free.block(copies_);
    if (bounces_) {
      const at::Tensor locked = bounce(host.numel());
      copy_on_host(locked, host);
      copy(staged, locked);
    } else {
      copy(staged, host);
    }
    at::cuda::CUDAEvent ready;
    ready.record(copies_);
    ready.block(c10::cuda::getCurrentCUDAStream());
    return staged;
  }

 private:
  struct Slot {
    at::Tensor memory;
    at::cuda::CUDAEvent free; /* nothing reads or writes it any more */
  };

  /* The slot whose turn it is, [bytes] of it. */
  at::Tensor next(int64_t bytes) {
    current_ = current_ == slots_.data() ? &slots_[1] : slots_.data();
    at::Tensor& memory = current_->memory;
    if (!memory.defined() || memory.numel() < bytes) {
      /* libtorch's allocator hands memory on in the order of one stream. */
      if (memory.defined()) memory.record_stream(copies_);
      memory = block(bytes);
      at::cuda::CUDAEvent made;
      made.record(c10::cuda::getCurrentCUDAStream());
      made.block(copies_);
    }
    return memory.narrow(0, 0, bytes);
  }

  at::Tensor bounce(int64_t bytes) {
    if (!bounce_.defined() || bounce_.numel() < bytes) {
      /* Rare: records come in few sizes. */
      C10_CUDA_CHECK(cudaStreamSynchronize(copies_));
      bounce_ = locked_memory(bytes);
    }
    return bounce_.narrow(0, 0, bytes);
  }

  void copy(const at::Tensor& to, const at::Tensor& from) const {
    C10_CUDA_CHECK(cudaMemcpyAsync(to.data_ptr(), from.const_data_ptr(), to.nbytes(), cudaMemcpyDefault, copies_));
  }

  void copy_on_host(const at::Tensor& to, const at::Tensor& from) const {
    auto work = std::make_unique<HostCopy>(HostCopy{to.data_ptr(), from.const_data_ptr(), to.nbytes()});
    const auto run = [](void* data) {
      const std::unique_ptr<HostCopy> owned(static_cast<HostCopy*>(data));
      std::memcpy(owned->to, owned->from, owned->bytes);
    };
    C10_CUDA_CHECK(cudaLaunchHostFunc(copies_, run, work.get()));
    static_cast<void>(work.release());
  }

  bool bounces_;
  c10::Device device_;
  c10::cuda::CUDAStream copies_;
  std::array<Slot, 2> slots_;
  Slot* current_ = nullptr;
  at::Tensor bounce_;
};

}  // namespace

std::unique_ptr<SourceCache> make_source_cache(int64_t bytes, const std::string& directory, c10::Device device) {
  const c10::cuda::CUDAGuard guard(device);
  const bool file = !directory.empty();
  return std::make_unique<CudaSourceCache>(file ? scratch_file(directory, bytes) : locked_memory(bytes), file, device);
}

}  // namespace fmk::cuda
