#pragma once

#include "model/unet/step_graphs.h"

namespace fmk::cuda {

std::unique_ptr<StepGraphs> make_step_graphs(AttentionRoute& route);

}  // namespace fmk::cuda
