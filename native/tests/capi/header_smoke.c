/* fmk.h is plain C11 and can be included twice. */
#include <fmk/fmk.h>

int fmk_header_smoke(void);

int fmk_header_smoke(void) {
  fmk_context_params_t params;
  return fmk_context_params_init(&params, (uint32_t)sizeof params) == FMK_STATUS_OK && params.struct_size == sizeof params;
}
