#pragma once

#include <cstdint>

namespace fmk::host_allocator {

/*
 * Memory of CPU tensors. Activations of a forward pass come and go in the same sizes thousands of times; the C library gives such
 * blocks back to the system and takes them again, and each page then faults anew, which costs more than the arithmetic of a
 * normalisation. This allocator keeps large blocks for reuse, counts what is held, and refuses beyond a limit.
 */

/* Makes libtorch allocate CPU tensors here, from now on; once for the process. */
void install();

struct Usage {
  uint64_t used_bytes;
  uint64_t peak_bytes;
  uint64_t cached_bytes;
};

Usage usage();
void reset_peak();

/* Most bytes of tensors at a time; 0 = no limit. */
void set_limit(uint64_t bytes);

/* Frees the blocks kept for reuse. */
void release_cache();

}  // namespace fmk::host_allocator
