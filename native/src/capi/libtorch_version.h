#pragma once

namespace fmk {

/* Fails with ABI_MISMATCH when the libtorch loaded is not the version compiled for: such a pair answers with garbage, silently. */
void require_matching_libtorch();

}  // namespace fmk
