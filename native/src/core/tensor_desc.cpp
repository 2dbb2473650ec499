#include "core/tensor_desc.h"

#include <ATen/ops/from_blob.h>

#include "core/dtype.h"
#include "core/error.h"

namespace fmk {

at::Tensor host_view(const fmk_tensor_desc_t* desc, const char* name) {
  const fmk_tensor_desc_t& view = structure(desc, name);
  FMK_REQUIRE(view.device_type == FMK_DEVICE_CPU, name, " must be in host memory");
  FMK_REQUIRE(view.ndim >= 0 && view.ndim <= FMK_MAX_DIMS, name, " has ", view.ndim, " dimensions, expected 0 to ", FMK_MAX_DIMS + 0);
  const c10::ScalarType type = scalar_type(view.dtype);
  int64_t elements = 1;
  for (int i = 0; i < view.ndim; ++i) {
    FMK_REQUIRE(view.sizes[i] >= 0, name, " has the size ", view.sizes[i], " in dimension ", i);
    FMK_REQUIRE(!__builtin_mul_overflow(elements, view.sizes[i], &elements), name, " has more elements than can be counted");
  }
  FMK_REQUIRE(view.data != nullptr || elements == 0, name, ".data is NULL");
  return at::from_blob(view.data, at::IntArrayRef(view.sizes, view.ndim), at::TensorOptions(type));
}

fmk_tensor_desc_t describe(const at::Tensor& tensor) {
  FMK_REQUIRE(tensor.dim() <= FMK_MAX_DIMS, "a tensor has ", tensor.dim(), " dimensions, expected at most ", FMK_MAX_DIMS + 0);
  fmk_tensor_desc_t desc{};
  desc.struct_size = sizeof desc;
  desc.dtype = dtype_code(tensor.scalar_type());
  desc.device_type = tensor.is_cpu() ? FMK_DEVICE_CPU : FMK_DEVICE_CUDA;
  desc.ndim = static_cast<int32_t>(tensor.dim());
  for (int64_t i = 0; i < tensor.dim(); ++i) desc.sizes[i] = tensor.size(i);
  desc.data = tensor.is_cpu() ? tensor.data_ptr() : nullptr;
  return desc;
}

}  // namespace fmk
