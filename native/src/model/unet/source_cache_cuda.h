#pragma once

#include "model/unet/source_cache.h"

namespace fmk::cuda {

std::unique_ptr<SourceCache> make_source_cache(int64_t bytes, const std::string& directory, c10::Device device);

}  // namespace fmk::cuda
