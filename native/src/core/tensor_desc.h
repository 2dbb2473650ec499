#pragma once

#include <ATen/core/Tensor.h>
#include <fmk/fmk.h>

namespace fmk {

/* A view on the host memory that a descriptor names, checked; name appears in messages. */
at::Tensor host_view(const fmk_tensor_desc_t* desc, const char* name);

/* Describes a contiguous tensor; data is NULL unless it is on the CPU. */
fmk_tensor_desc_t describe(const at::Tensor& tensor);

}  // namespace fmk
