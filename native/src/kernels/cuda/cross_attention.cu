#include "kernels/cuda/cross_attention.cuh"

namespace fmk::kernels::cuda {

int64_t cross_padding(int64_t tokens) { return tokens <= 80 ? 80 : 128; }

size_t cross_shared_memory(const CrossAttention& p) {
  if (p.element == Element::kF32) return 0;
  const auto bytes = [&](auto chunks) -> int {
    constexpr int kC = decltype(chunks)::value;
    const bool mapped = p.matrix != nullptr;
    return cross_padding(p.tokens) == 80 ? CrossMemory<kC, 10>(p.groups, has_control(p), mapped).bytes
                                         : CrossMemory<kC, 16>(p.groups, has_control(p), mapped).bytes;
  };
  switch ((p.dim + kChunk - 1) / kChunk) {
    case 1:
      return bytes(std::integral_constant<int, 1>());
    case 2:
      return bytes(std::integral_constant<int, 2>());
    case 3:
      return bytes(std::integral_constant<int, 3>());
    case 4:
      return bytes(std::integral_constant<int, 4>());
    default:
      return bytes(std::integral_constant<int, 5>());
  }
}

cudaError_t cross_attention(const CrossAttention& p, cudaStream_t stream) {
  switch (p.element) {
    case Element::kF16:
      return cross_attention_f16(p, stream);
    case Element::kBf16:
      return cross_attention_bf16(p, stream);
    case Element::kF32:
      return cross_attention_f32(p, stream);
  }
  return cudaErrorInvalidValue;
}

}  // namespace fmk::kernels::cuda
