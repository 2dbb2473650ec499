#include "core/dtype.h"

#include "core/error.h"

namespace fmk {

c10::ScalarType scalar_type(int32_t dtype) {
  switch (dtype) {
    case FMK_DTYPE_F32:
      return c10::ScalarType::Float;
    case FMK_DTYPE_F16:
      return c10::ScalarType::Half;
    case FMK_DTYPE_BF16:
      return c10::ScalarType::BFloat16;
    case FMK_DTYPE_I64:
      return c10::ScalarType::Long;
    case FMK_DTYPE_U8:
      return c10::ScalarType::Byte;
    default:
      fail(FMK_STATUS_INVALID_ARGUMENT, text("dtype ", dtype, " is not an fmk_dtype"));
  }
}

int32_t dtype_code(c10::ScalarType type) {
  switch (type) {
    case c10::ScalarType::Float:
      return FMK_DTYPE_F32;
    case c10::ScalarType::Half:
      return FMK_DTYPE_F16;
    case c10::ScalarType::BFloat16:
      return FMK_DTYPE_BF16;
    case c10::ScalarType::Long:
      return FMK_DTYPE_I64;
    case c10::ScalarType::Byte:
      return FMK_DTYPE_U8;
    default:
      fail(FMK_STATUS_UNSUPPORTED, text("dtype ", c10::toString(type), " has no fmk_dtype"));
  }
}

c10::ScalarType compute_type(int32_t dtype) {
  const c10::ScalarType type = scalar_type(dtype);
  FMK_REQUIRE(c10::isFloatingType(type), "a model computes in f32, f16 or bf16, not in ", c10::toString(type));
  return type;
}

}  // namespace fmk
