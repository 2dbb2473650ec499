#pragma once

#include <ATen/core/Tensor.h>

#include <string>

namespace fmk {

/*
 * Memory that a file stands behind: [bytes] U8, mapped. The file is made in a folder and has no name from then on, so that nothing is left
 * whatever ends the process; its room on the disk is reserved before this returns. Fails with IO.
 */
at::Tensor scratch_file(const std::string& directory, int64_t bytes);

}  // namespace fmk
