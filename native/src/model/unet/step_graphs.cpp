#include "model/unet/step_graphs.h"

#include <cstdlib>
#include <string_view>

#include "core/error.h"

#ifdef FMK_WITH_CUDA
#include "model/unet/step_graphs_cuda.h"
#endif

namespace fmk {
namespace {

bool graphs_wanted() {
  const char* value = std::getenv("FREEMASK_CUDA_GRAPHS");
  const std::string_view wanted = value == nullptr ? "" : value;
  if (wanted.empty() || wanted == "on") return true;
  if (wanted == "off") return false;
  fail(FMK_STATUS_INVALID_ARGUMENT, text("FREEMASK_CUDA_GRAPHS is ", wanted, ", expected on or off"));
}

}  // namespace

std::unique_ptr<StepGraphs> make_step_graphs([[maybe_unused]] c10::Device device, [[maybe_unused]] AttentionRoute& route) {
  if (!graphs_wanted()) return nullptr;
#ifdef FMK_WITH_CUDA
  if (device.is_cuda()) return cuda::make_step_graphs(route);
#endif
  return nullptr;
}

}  // namespace fmk
