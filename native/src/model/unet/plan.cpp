#include <ATen/ops/zeros.h>

#include "core/context.h"
#include "core/error.h"
#include "core/upload.h"
#include "model/unet/forward_state.h"

namespace fmk {
namespace {

at::Tensor vector(const float* values, at::IntArrayRef sizes, c10::Device device) {
  if (values == nullptr) return {};
  return upload(values, sizes, at::kFloat, device);
}

Plan::Masks masks(const fmk_tensor_t* const* tensors, size_t count, int64_t frames, c10::Device device, const char* kind) {
  Plan::Masks result;
  FMK_REQUIRE(count == 0 || tensors != nullptr, kind, "_masks is NULL");
  for (size_t i = 0; i < count; ++i) {
    const at::Tensor& mask = handle(tensors[i], "mask").value;
    FMK_REQUIRE(mask.dim() == 3 && mask.size(0) == frames, kind, " mask ", i, " has the shape ", mask.sizes(), ", expected [", frames,
                ",h,w]");
    FMK_REQUIRE(mask.scalar_type() == at::kFloat && mask.device() == device, kind, " mask ", i, " is not f32 on the context's device");
    result[{mask.size(1), mask.size(2)}] = mask.reshape({frames, mask.size(1) * mask.size(2)});
  }
  return result;
}

}  // namespace

Plan Plan::from(const fmk_attention_plan_t& plan, int64_t batch, int64_t frames, int64_t tokens, c10::Device device) {
  const fmk_attention_plan_t& p = structure(&plan, "plan");
  FMK_REQUIRE(p.source >= FMK_SOURCE_ITEM && p.source <= FMK_SOURCE_CACHED, "source ", p.source, " is unknown");
  const bool recorded = p.source == FMK_SOURCE_RECORD;
  const bool cached = p.source == FMK_SOURCE_CACHED;
  const bool control = p.cross_mode != FMK_CROSS_OFF || p.self_mode != FMK_SELF_OFF || p.temporal_mode != FMK_TEMPORAL_OFF;
  if (control) {
    FMK_REQUIRE(cached || (p.source_item >= 0 && p.source_item < batch), "source_item is ", p.source_item, " in a batch of ", batch);
    FMK_REQUIRE(recorded || (p.edit_item >= 0 && p.edit_item < batch), "edit_item is ", p.edit_item, " in a batch of ", batch);
    FMK_REQUIRE(recorded || cached || p.edit_item != p.source_item, "edit_item and source_item are both ", p.edit_item);
  }
  FMK_REQUIRE(p.cross_mode >= FMK_CROSS_OFF && p.cross_mode <= FMK_CROSS_BLEND_THEN_MAP, "cross_mode ", p.cross_mode, " is unknown");
  FMK_REQUIRE(p.self_mode >= FMK_SELF_OFF && p.self_mode <= FMK_SELF_MAP, "self_mode ", p.self_mode, " is unknown");
  FMK_REQUIRE(p.temporal_mode >= FMK_TEMPORAL_OFF && p.temporal_mode <= FMK_TEMPORAL_QK, "temporal_mode ", p.temporal_mode, " is unknown");
  FMK_REQUIRE(p.temporal_polarity == FMK_POLARITY_SOURCE_INSIDE || p.temporal_polarity == FMK_POLARITY_EDIT_INSIDE, "temporal_polarity ",
              p.temporal_polarity, " is unknown");
  FMK_REQUIRE(p.cross_max_tokens >= 0 && p.self_max_tokens >= 0 && p.temporal_max_tokens >= 0, "max_tokens must not be negative");
  FMK_REQUIRE(recorded || p.cross_mode == FMK_CROSS_OFF || p.token_count == tokens, "token_count is ", p.token_count, ", the text has ",
              tokens, " tokens");

  Plan result;
  result.source = p.source;
  result.source_item = p.source_item;
  result.edit_item = p.edit_item;
  result.cross_mode = p.cross_mode;
  result.self_mode = p.self_mode;
  result.temporal_mode = p.temporal_mode;
  result.temporal_polarity = p.temporal_polarity;
  result.cross_max_tokens = p.cross_max_tokens;
  result.self_max_tokens = p.self_max_tokens;
  result.temporal_max_tokens = p.temporal_max_tokens;
  if (recorded) return result;
  if (p.cross_mode != FMK_CROSS_OFF) {
    result.cross.mode = p.cross_mode;
    result.cross.matrix = vector(p.cross_matrix, {tokens, tokens}, device);
    result.cross.weights = vector(p.cross_weights, {tokens}, device);
    result.cross.equalizer = vector(p.cross_equalizer, {tokens}, device);
    result.cross.alpha = vector(p.cross_alpha, {tokens}, device);
  }
  result.cross_masks = masks(p.cross_masks, p.cross_mask_count, frames, device, "cross");
  result.self_masks = masks(p.self_masks, p.self_mask_count, frames, device, "self");
  result.temporal_masks = masks(p.temporal_masks, p.temporal_mask_count, frames, device, "temporal");
  return result;
}

bool Plan::controls(const AttentionInfo& layer, int64_t pixels) const {
  const auto on = [&](int32_t mode, int64_t max_tokens) {
    return layer.controlled && mode != 0 && (max_tokens == 0 || pixels <= max_tokens);
  };
  switch (layer.kind) {
    case FMK_ATTENTION_SELF:
      return on(self_mode, self_max_tokens);
    case FMK_ATTENTION_CROSS:
      return on(cross_mode, cross_max_tokens);
    default:
      return on(temporal_mode, temporal_max_tokens);
  }
}

std::vector<at::Tensor*> Plan::tensors() {
  std::vector<at::Tensor*> result{&cross.matrix, &cross.weights, &cross.equalizer, &cross.alpha};
  for (Masks* masks : {&cross_masks, &self_masks, &temporal_masks}) {
    for (auto& level : *masks) result.push_back(&level.second);
  }
  return result;
}

std::string Plan::kind() const {
  std::string result = text("plan ", source, ' ', source_item, ' ', edit_item, ' ', cross_mode, ' ', self_mode, ' ', temporal_mode, ' ',
                            temporal_polarity, ' ', cross_max_tokens, ' ', self_max_tokens, ' ', temporal_max_tokens);
  for (const Masks* masks : {&cross_masks, &self_masks, &temporal_masks}) {
    result += " masks";
    for (const auto& level : *masks) result += text(' ', level.first.first, 'x', level.first.second);
  }
  return result;
}

at::Tensor Plan::mask(const Masks& masks, int64_t height, int64_t width, const std::string& layer) {
  if (masks.empty()) return {};
  const auto found = masks.find({height, width});
  FMK_REQUIRE(found != masks.end(), "the plan controls ", layer, " and has no mask of its level ", height, "x", width);
  return found->second;
}

void WordMaps::clear() {
  maps.clear();
  room_ = at::Tensor(); /* a recorded step fills what it uses */
}

at::Tensor WordMaps::next(int64_t frames, int64_t height, int64_t width, at::Device device) {
  constexpr int64_t kLayers = 8; /* of the first one's size: the layers after it get smaller and larger again */
  const int64_t count = static_cast<int64_t>(groups.size()) * frames * height * width;
  if (!room_.defined() || room_.numel() < count) room_ = at::zeros({kLayers * count}, at::TensorOptions(at::kFloat).device(device));
  maps.push_back(room_.narrow(0, 0, count).view({-1, frames, height, width}));
  room_ = room_.narrow(0, count, room_.numel() - count);
  return maps.back();
}

}  // namespace fmk
