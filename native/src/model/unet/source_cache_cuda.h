#pragma once

#include "model/unet/source_cache.h"

namespace fmk::cuda {

/* In page-locked memory or, where a directory is given, a file. */
std::unique_ptr<SourceCache> make_source_cache(int64_t bytes, const std::string& directory, c10::Device device);

}  // namespace fmk::cuda
