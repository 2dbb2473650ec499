#pragma once

#include <c10/core/ScalarType.h>
#include <fmk/fmk.h>

namespace fmk {

/* Converts between fmk_dtype and libtorch's scalar types; an unknown value is an invalid argument. */
c10::ScalarType scalar_type(int32_t dtype);
int32_t dtype_code(c10::ScalarType type);

/* As scalar_type, but only for the dtypes that a model can compute in. */
c10::ScalarType compute_type(int32_t dtype);

}  // namespace fmk
