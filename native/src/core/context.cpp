#include "core/context.h"

#include <ATen/Parallel.h>

namespace fmk {

CallScope::CallScope(const fmk_context& context) : device_(context.device) {
  /* libtorch keeps the number by thread, and a context may move between threads. */
  if (context.threads > 0 && at::get_num_threads() != context.threads) at::set_num_threads(context.threads);
}

}  // namespace fmk
