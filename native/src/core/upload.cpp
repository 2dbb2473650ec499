#include "core/upload.h"

#include <ATen/ops/from_blob.h>

namespace fmk {

at::Tensor upload(const void* values, at::IntArrayRef sizes, c10::ScalarType type, c10::Device device) {
  const at::Tensor host = at::from_blob(const_cast<void*>(values), sizes, at::TensorOptions(type));
  if (device.is_cpu()) return host.clone();
  /* From pageable memory the copy would be awaited. libtorch keeps the pinned block until it is done. */
  return host.pin_memory().to(device, /*non_blocking=*/true);
}

}  // namespace fmk
