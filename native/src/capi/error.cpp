#include "core/error.h"

#include <c10/util/Exception.h>

extern "C" {

const char* fmk_last_error_message(void) { return fmk::last_error_message(); }

const char* fmk_last_error_site(void) { return fmk::last_error_site(); }

int32_t fmk_error_provoke(int32_t status) {
  return fmk::guard([&] {
    switch (status) {
      case FMK_STATUS_OK:
        return;
      case FMK_STATUS_OUT_OF_MEMORY:
        C10_THROW_ERROR(OutOfMemoryError, "provoked: out of memory");
      case FMK_STATUS_TORCH:
        TORCH_CHECK(false, "provoked: libtorch failed");
      case FMK_STATUS_CUDA:
        TORCH_CHECK(false, "CUDA error: provoked");
      case FMK_STATUS_INTERNAL:
        throw 10;  // not even an exception object: the guard's last resort
      default:
        FMK_REQUIRE(status > 0 && status <= FMK_STATUS_INTERNAL, "status ", status, " is not an fmk_status");
        fmk::fail(status, fmk::text("provoked: status ", status));
    }
  });
}

}  // extern "C"
