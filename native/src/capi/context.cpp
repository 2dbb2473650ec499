#include "core/context.h"

#include <ATen/Context.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/core/CachingDeviceAllocator.h>

#include <iterator>

#include "capi/libtorch_version.h"
#include "core/error.h"
#include "core/host_allocator.h"
#include "kernels/kernel_table.h"

extern "C" {

int32_t fmk_context_params_init(fmk_context_params_t* params, uint32_t struct_size) {
  return fmk::guard([&] { fmk::init(params, struct_size); });
}

int32_t fmk_context_create(const fmk_context_params_t* params, fmk_context_t** out_new) {
  return fmk::guard([&] {
    fmk::argument(out_new, "out_new") = nullptr;
    const fmk_context_params_t& p = fmk::structure(params, "params");
    fmk::require_matching_libtorch();
    FMK_REQUIRE(p.threads >= 0, "threads is ", p.threads, ", expected 0 or more");
    c10::Device device(c10::DeviceType::CPU);
    if (p.device_type == FMK_DEVICE_CUDA) {
      if (!at::detail::getCUDAHooks().hasCUDA()) {
        fmk::fail(FMK_STATUS_UNSUPPORTED, "device cuda: the libtorch that was loaded has no CUDA, or no CUDA device was found");
      }
      const int32_t count = at::detail::getCUDAHooks().deviceCount();
      if (p.device_index < 0 || p.device_index >= count) {
        fmk::fail(FMK_STATUS_UNSUPPORTED, fmk::text("device cuda:", p.device_index, " does not exist: there are ", count, " CUDA devices"));
      }
      device = c10::Device(c10::DeviceType::CUDA, static_cast<c10::DeviceIndex>(p.device_index));
      /* An f32 model asks for f32: cuDNN's default of TF32 convolutions has a relative error of 7e-4 where f32 has 1e-6. */
      at::globalContext().setAllowTF32CuDNN(false);
    } else {
      FMK_REQUIRE(p.device_type == FMK_DEVICE_CPU, "device_type ", p.device_type, " is not an fmk_device");
    }
    FMK_REQUIRE(p.attention_path >= FMK_ATTENTION_PATH_AUTO && p.attention_path <= FMK_ATTENTION_PATH_FUSED, "attention_path ",
                p.attention_path, " is not an fmk_attention_path");
    const int32_t path = p.attention_path == FMK_ATTENTION_PATH_AUTO ? fmk::attention_path_from_environment() : p.attention_path;
    fmk::host_allocator::install();
    if (device.is_cpu()) fmk::host_allocator::set_limit(p.memory_limit);
    auto* context = new fmk_context;
    context->device = device;
    context->threads = p.threads;
    context->attention = fmk::AttentionRoute(path);
    *out_new = context;
  });
}

void fmk_context_destroy(fmk_context_t* context) { delete context; }

int32_t fmk_context_memory(fmk_context_t* context, int32_t reset_peak, fmk_memory_info_t* info) {
  return fmk::guard([&] {
    const fmk_context& c = fmk::handle(context, "context");
    fmk_memory_info_t& out = fmk::structure(info, "info");
    if (c.device.is_cpu()) {
      const fmk::host_allocator::Usage usage = fmk::host_allocator::usage();
      out.used_bytes = usage.used_bytes;
      out.peak_bytes = usage.peak_bytes;
      out.cached_bytes = usage.cached_bytes;
      if (reset_peak != 0) fmk::host_allocator::reset_peak();
      return;
    }
    auto* allocator = c10::getDeviceAllocator(c.device.type());
    const auto stats = allocator->getDeviceStats(c.device.index());
    const auto& allocated = stats.allocated_bytes[0];
    out.used_bytes = static_cast<uint64_t>(allocated.current);
    out.peak_bytes = static_cast<uint64_t>(allocated.peak);
    out.cached_bytes = static_cast<uint64_t>(stats.reserved_bytes[0].current - allocated.current);
    if (reset_peak != 0) allocator->resetPeakStats(c.device.index());
  });
}

int32_t fmk_context_attention_count(const fmk_context_t* context, int32_t* count) {
  return fmk::guard([&] {
    const fmk_context& c = fmk::handle(context, "context");
    fmk::argument(count, "count") = static_cast<int32_t>(c.attention.counts().size());
  });
}

int32_t fmk_context_attention_runs(const fmk_context_t* context, int32_t index, fmk_attention_runs_t* runs) {
  return fmk::guard([&] {
    const fmk::AttentionRoute::Counts& counts = fmk::handle(context, "context").attention.counts();
    fmk_attention_runs_t& out = fmk::structure(runs, "runs");
    FMK_REQUIRE(index >= 0 && index < static_cast<int64_t>(counts.size()), "index is ", index, ", there are ", counts.size(), " entries");
    const auto entry = std::next(counts.begin(), index);
    out.calls = entry->second.calls;
    out.operation = entry->first.first.c_str();
    out.kernel = entry->first.second.c_str();
    out.reason = entry->second.reason.c_str();
  });
}

const char* fmk_cpu_kernels(void) { return fmk::kernels::best_kernels().isa; }

int32_t fmk_context_release_cache(fmk_context_t* context) {
  return fmk::guard([&] {
    const fmk_context& c = fmk::handle(context, "context");
    if (c.device.is_cpu()) {
      fmk::host_allocator::release_cache();
    } else {
      c10::getDeviceAllocator(c.device.type())->emptyCache();
    }
  });
}

}  // extern "C"
