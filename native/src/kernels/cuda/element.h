#pragma once

#include <cstdint>

namespace fmk::kernels::cuda {

/* What the elements of a tensor are; arithmetic is in f32 whatever they are. */
enum class Element { kFloat, kHalf, kBFloat16 };

inline int64_t element_bytes(Element element) { return element == Element::kFloat ? 4 : 2; }

}  // namespace fmk::kernels::cuda
