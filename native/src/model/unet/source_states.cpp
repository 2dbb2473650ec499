#include "model/unet/source_states.h"

#include <c10/core/ScalarType.h>

#include "core/error.h"
#include "model/unet/forward_state.h"

namespace fmk {
namespace {

/* Where a tensor starts, for the kernels' widest loads and a GPU's transactions. */
constexpr int64_t kAlignment = 256;

int64_t halved(int64_t size, int32_t times) {
  for (int32_t i = 0; i < times; ++i) size = (size + 1) / 2;
  return size;
}

}  // namespace

SourceLayout::SourceLayout(const std::vector<AttentionInfo>& layers, const Plan& plan, int64_t frames, int64_t height, int64_t width,
                           int64_t tokens, at::ScalarType type)
    : type_(type) {
  for (const AttentionInfo& layer : layers) {
    const int64_t pixels = halved(height, layer.level) * halved(width, layer.level);
    if (!plan.controls(layer, pixels)) continue;
    const int64_t channels = layer.heads * layer.head_dim;
    const std::vector<int64_t> rows{frames, pixels, channels};
    const Part query = part(rows);
    layers_[layer.name] = {query, part(layer.kind == FMK_ATTENTION_CROSS ? std::vector<int64_t>{tokens, channels} : rows)};
  }
}

SourceLayout::Part SourceLayout::part(std::vector<int64_t> sizes) {
  const int64_t bytes = c10::multiply_integers(sizes) * static_cast<int64_t>(c10::elementSize(type_));
  const int64_t offset = bytes_;
  bytes_ += (bytes + kAlignment - 1) / kAlignment * kAlignment;
  return {std::move(sizes), offset};
}

void SourceLayout::require(const SourceLayout& wanted, int32_t record) const {
  FMK_REQUIRE(type_ == wanted.type_, "record ", record, " of the source cache is ", type_, ", the model computes in ", wanted.type_);
  for (const auto& [name, parts] : wanted.layers_) {
    const auto found = layers_.find(name);
    FMK_REQUIRE(found != layers_.end(), "record ", record, " of the source cache lacks ", name, ", which the plan controls");
    const auto same = [&](const Part& kept, const Part& part, const char* what) {
      FMK_REQUIRE(kept.sizes == part.sizes, "record ", record, " of the source cache has ", what, " of ", name, " with the shape ",
                  at::IntArrayRef(kept.sizes), ", expected ", at::IntArrayRef(part.sizes));
    };
    same(found->second.query, parts.query, "queries");
    same(found->second.key, parts.key, "keys");
  }
}

SourceState SourceLayout::at(const at::Tensor& block, const std::string& layer) const {
  const Parts& parts = layers_.at(layer);
  return {view(block, parts.query), view(block, parts.key)};
}

at::Tensor SourceLayout::view(const at::Tensor& block, const Part& part) const {
  const int64_t bytes = c10::multiply_integers(part.sizes) * static_cast<int64_t>(c10::elementSize(type_));
  return block.narrow(0, part.offset, bytes).view(type_).view(part.sizes);
}

std::string SourceLayout::kind() const {
  std::string result = text(type_);
  for (const auto& [name, parts] : layers_) {
    result += text(' ', name, at::IntArrayRef(parts.query.sizes), parts.query.offset, at::IntArrayRef(parts.key.sizes), parts.key.offset);
  }
  return result;
}

}  // namespace fmk
