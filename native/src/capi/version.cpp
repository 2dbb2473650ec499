#include <ATen/detail/CUDAHooksInterface.h>
#include <fmk/fmk.h>
#include <fmk_build_config.h>
#include <torch/csrc/inductor/aoti_torch/c/shim.h>
#include <torch/headeronly/version.h>

#include "capi/libtorch_version.h"
#include "core/error.h"
#include "core/handle.h"

namespace fmk {
namespace {

std::string version_text(uint64_t version) {
  return text((version >> 56) & 0xff, ".", (version >> 48) & 0xff, ".", (version >> 40) & 0xff);
}

/* The ABI tag of libtorch carries major, minor and patch in its upper bytes; what the headers say must be what the library says. */
const std::string& loaded_libtorch() {
  static const std::string version = version_text(aoti_torch_abi_version());
  return version;
}

const std::string& compiled_libtorch() {
  static const std::string version = version_text(TORCH_ABI_VERSION);
  return version;
}

}  // namespace

void require_matching_libtorch() {
  if (loaded_libtorch() != compiled_libtorch()) {
    fail(FMK_STATUS_ABI_MISMATCH,
         text("libfmk was compiled for libtorch ", compiled_libtorch(), " and runs on libtorch ", loaded_libtorch()));
  }
}

}  // namespace fmk

extern "C" {

uint32_t fmk_abi_version(void) { return (static_cast<uint32_t>(FMK_ABI_MAJOR) << 16) | FMK_ABI_MINOR; }

int32_t fmk_build_info_get(fmk_build_info_t* info) {
  return fmk::guard([&] {
    fmk_build_info_t& out = fmk::structure(info, "info");
    out.cuda_compiled = FMK_CUDA_COMPILED;
    out.libtorch_compiled = fmk::compiled_libtorch().c_str();
    out.libtorch_loaded = fmk::loaded_libtorch().c_str();
    out.cuda_version = FMK_CUDA_VERSION;
    out.git_revision = FMK_GIT_REVISION;
    out.compiler = FMK_COMPILER;
    fmk::require_matching_libtorch();
  });
}

int32_t fmk_cuda_device_count(void) {
  try {
    return at::detail::getCUDAHooks().hasCUDA() ? at::detail::getCUDAHooks().deviceCount() : 0;
  } catch (...) {
    return 0;  // a driver that cannot be asked has no usable device
  }
}

int64_t fmk_live_handle_count(void) { return fmk::Counted::alive(); }

}  // extern "C"
