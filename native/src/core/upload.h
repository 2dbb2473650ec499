#pragma once

#include <ATen/core/Tensor.h>

namespace fmk {

/* A copy of host memory on a device, which the host does not wait for. */
at::Tensor upload(const void* values, at::IntArrayRef sizes, c10::ScalarType type, c10::Device device);

}  // namespace fmk
