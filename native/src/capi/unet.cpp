#include <ATen/ops/cat.h>

#include <memory>
#include <optional>

#include "capi/models.h"
#include "core/upload.h"

namespace {

/* B tensors [1,..] of the same sizes -> [B,..] in the model's dtype. */
at::Tensor batch_of(const fmk_tensor_t* const* tensors, size_t count, const char* name, const fmk_unet& unet) {
  fmk::argument(tensors, name);
  std::vector<at::Tensor> items;
  for (size_t i = 0; i < count; ++i) {
    const at::Tensor& item = fmk::model_input(tensors[i], name, unet.context);
    FMK_REQUIRE(item.dim() > 0 && item.size(0) == 1 && item.sizes() == fmk::model_input(tensors[0], name, unet.context).sizes(), name, "[",
                i, "] has the shape ", item.sizes(), ", expected a batch of 1 and the sizes of the others");
    items.push_back(item.to(unet.type));
  }
  return at::cat(items);
}

fmk::WordMaps word_maps(const fmk_word_capture_t& capture, const fmk_unet& unet, int64_t batch, int64_t tokens) {
  const fmk_word_capture_t& c = fmk::structure(&capture, "capture");
  fmk::require_range(c.item, 0, batch - 1, "capture.item");
  FMK_REQUIRE(c.group_count >= 1, "capture.group_count is ", c.group_count, ", expected 1 or more");
  fmk::argument(c.group_sizes, "capture.group_sizes");
  fmk::argument(c.tokens, "capture.tokens");
  fmk::argument(c.maps_new, "capture.maps_new");
  int32_t cross_layers = 0;
  for (const fmk::AttentionInfo& layer : unet.model.attention_layers()) cross_layers += layer.kind == FMK_ATTENTION_CROSS;
  FMK_REQUIRE(c.map_count == cross_layers, "capture.map_count is ", c.map_count, ", the UNet has ", cross_layers, " cross layers");
  fmk::WordMaps result;
  result.item = c.item;
  const int32_t* next = c.tokens;
  for (int32_t g = 0; g < c.group_count; ++g) {
    FMK_REQUIRE(c.group_sizes[g] >= 1, "capture.group_sizes[", g, "] is ", c.group_sizes[g], ", expected 1 or more");
    std::vector<int64_t> group(next, next + c.group_sizes[g]);
    for (int64_t token : group) {
      FMK_REQUIRE(token >= 0 && token < tokens, "capture holds token ", token, ", the text has ", tokens, " tokens");
    }
    next += c.group_sizes[g];
    result.groups.push_back(fmk::upload(group.data(), {c.group_sizes[g]}, at::kLong, unet.context.device));
  }
  return result;
}

/* The record of a source cache that a plan names. */
struct SourceRecord {
  fmk::SourceCache& cache;
  int32_t number;
  bool recorded;            /* or taken */
  fmk::SourceStates states; /* the block of one that is recorded is made by the forward pass */
};

std::optional<SourceRecord> source_record(const fmk_attention_plan_t& plan, const fmk::Plan& checked, const fmk_unet& unet,
                                          const at::Tensor& latents, int64_t tokens) {
  if (plan.source == FMK_SOURCE_ITEM) return std::nullopt;
  fmk_source_cache& cache = fmk::handle(plan.source_cache, "source_cache");
  if (&cache.context != &unet.context) fmk::fail(FMK_STATUS_INVALID_HANDLE, "source_cache belongs to another context");
  FMK_REQUIRE(plan.source_record >= 0, "source_record is ", plan.source_record, ", expected 0 or more");
  fmk::SourceCache& records = *cache.records;
  const fmk::SourceLayout layout(unet.model.attention_layers(), checked, latents.size(2), latents.size(3), latents.size(4), tokens,
                                 unet.type);
  if (plan.source == FMK_SOURCE_RECORD) {
    records.require_room(plan.source_record, layout);
    return SourceRecord{records, plan.source_record, true, {layout, {}}};
  }
  const fmk::SourceLayout& kept = records.layout(plan.source_record);
  kept.require(layout, plan.source_record);
  return SourceRecord{records, plan.source_record, false, {kept, records.take(plan.source_record)}};
}

/* One forward pass -> the noise and then the word maps. */
std::vector<at::Tensor> forward(const fmk_unet& unet, at::Tensor latents, at::Tensor text, double timestep, fmk::Plan* plan,
                                fmk::WordMaps* words, SourceRecord* source, const fmk::Trace& trace) {
  at::Tensor time = unet.model.time(timestep);
  const bool recorded = source != nullptr && source->recorded;
  const auto body = [&] {
    if (words != nullptr) words->clear();
    if (recorded) source->states.block = source->cache.block(source->states.layout.bytes());
    std::vector<at::Tensor> outputs{
        unet.model.forward(latents, text, time, plan, words, source == nullptr ? nullptr : &source->states, unet.context.attention, trace)};
    if (words != nullptr) outputs.insert(outputs.end(), words->maps.begin(), words->maps.end());
    if (recorded) outputs.push_back(source->states.block);
    return outputs;
  };
  trace.tick();
  /* A probe is called while the layers run. */
  if (unet.graphs == nullptr || trace.probing()) return body();
  std::string key;
  std::vector<at::Tensor*> inputs{&latents, &text, &time};
  if (plan != nullptr) {
    key += plan->kind();
    for (at::Tensor* tensor : plan->tensors()) inputs.push_back(tensor);
  }
  if (words != nullptr) {
    key += fmk::text(" words of ", words->item);
    for (at::Tensor& group : words->groups) inputs.push_back(&group);
  }
  if (source != nullptr) {
    key += source->states.layout.kind();
    if (!recorded) inputs.push_back(&source->states.block);
  }
  return unet.graphs->run(key, inputs, body);
}

/* A result that the caller owns. */
std::unique_ptr<fmk_tensor> result(fmk_context& context, const at::Tensor& value) {
  return std::make_unique<fmk_tensor>(context, value.to(value.options().dtype(at::kFloat), false, true, at::MemoryFormat::Contiguous));
}

}  // namespace

extern "C" {

int32_t fmk_unet_config_init(fmk_unet_config_t* config, uint32_t struct_size) {
  return fmk::guard([&] {
    fmk::init(config, struct_size);
    config->downsample_padding = 1;
    config->mid_block_scale_factor = 1.0F;
    config->norm_eps = 1e-5F;
  });
}

int32_t fmk_unet_create(fmk_context_t* context, const fmk_weights_t* weights, const fmk_unet_config_t* config, int32_t dtype,
                        fmk_unet_t** out_new) {
  return fmk::guard([&] {
    fmk::argument(out_new, "out_new") = nullptr;
    fmk_context& c = fmk::handle(context, "context");
    const fmk_weights& w = fmk::handle(weights, "weights");
    const fmk_unet_config_t& cfg = fmk::structure(config, "config");
    constexpr int64_t kMost = 1 << 20;
    fmk::require_range(cfg.in_channels, 1, kMost, "in_channels");
    fmk::require_range(cfg.out_channels, 1, kMost, "out_channels");
    fmk::require_range(cfg.layers_per_block, 1, 64, "layers_per_block");
    fmk::require_range(cfg.norm_num_groups, 1, kMost, "norm_num_groups");
    fmk::require_range(cfg.cross_attention_dim, 1, kMost, "cross_attention_dim");
    fmk::require_range(cfg.downsample_padding, 1, 1, "downsample_padding");
    FMK_REQUIRE(cfg.mid_block_scale_factor > 0, "mid_block_scale_factor is ", cfg.mid_block_scale_factor, ", expected more than 0");
    fmk::require_range(cfg.block_count, 1, FMK_MAX_BLOCKS, "block_count");
    for (int32_t i = 0; i < cfg.block_count; ++i) {
      fmk::require_range(cfg.block_out_channels[i], 2, kMost, "block_out_channels");
      fmk::require_range(cfg.attention_head_dim[i], 1, kMost, "attention_head_dim");
    }
    *out_new = fmk::load_model<fmk_unet, fmk::UNet3d>(c, w.tensors, cfg, dtype, "UNet");
  });
}

void fmk_unet_destroy(fmk_unet_t* unet) { delete unet; }

int32_t fmk_unet_attention_count(const fmk_unet_t* unet, int32_t* count) {
  return fmk::guard([&] {
    const fmk_unet& u = fmk::handle(unet, "unet");
    fmk::argument(count, "count") = static_cast<int32_t>(u.model.attention_layers().size());
  });
}

int32_t fmk_unet_attention_layer(const fmk_unet_t* unet, int32_t index, fmk_attention_layer_t* layer) {
  return fmk::guard([&] {
    const fmk_unet& u = fmk::handle(unet, "unet");
    fmk_attention_layer_t& out = fmk::structure(layer, "layer");
    const std::vector<fmk::AttentionInfo>& layers = u.model.attention_layers();
    fmk::require_range(index, 0, static_cast<int64_t>(layers.size()) - 1, "index");
    const fmk::AttentionInfo& info = layers[static_cast<size_t>(index)];
    out.kind = info.kind;
    out.level = info.level;
    out.heads = static_cast<int32_t>(info.heads);
    out.head_dim = static_cast<int32_t>(info.head_dim);
    out.controlled = info.controlled ? 1 : 0;
    out.name = info.name.c_str();
  });
}

int32_t fmk_attention_plan_init(fmk_attention_plan_t* plan, uint32_t struct_size) {
  return fmk::guard([&] {
    fmk::init(plan, struct_size);
    plan->edit_item = 2;
  });
}

int32_t fmk_word_capture_init(fmk_word_capture_t* capture, uint32_t struct_size) {
  return fmk::guard([&] { fmk::init(capture, struct_size); });
}

int32_t fmk_unet_source_bytes(const fmk_unet_t* unet, const fmk_attention_plan_t* plan, int64_t frames, int64_t height, int64_t width,
                              int64_t tokens, uint64_t* bytes) {
  return fmk::guard([&] {
    const fmk_unet& u = fmk::handle(unet, "unet");
    fmk_attention_plan_t recorded = fmk::structure(plan, "plan");
    recorded.source = FMK_SOURCE_RECORD;
    recorded.source_item = 0;
    constexpr int64_t kMost = 1 << 20;
    fmk::require_range(frames, 1, kMost, "frames");
    fmk::require_range(height, 1, kMost, "height");
    fmk::require_range(width, 1, kMost, "width");
    fmk::require_range(tokens, 1, kMost, "tokens");
    const fmk::Plan checked = fmk::Plan::from(recorded, 1, frames, tokens, u.context.device);
    const fmk::SourceLayout layout(u.model.attention_layers(), checked, frames, height, width, tokens, u.type);
    fmk::argument(bytes, "bytes") = static_cast<uint64_t>(layout.bytes());
  });
}

int32_t fmk_unet_forward(fmk_unet_t* unet, const fmk_tensor_t* const* latents, const fmk_tensor_t* const* text, size_t batch,
                         double timestep, const fmk_attention_plan_t* plan, const fmk_word_capture_t* capture,
                         const fmk_callbacks_t* callbacks, fmk_tensor_t** out_new) {
  return fmk::guard([&] {
    fmk::argument(out_new, "out_new");
    for (size_t i = 0; i < batch; ++i) out_new[i] = nullptr;
    fmk_unet& u = fmk::handle(unet, "unet");
    fmk::CallScope scope(u.context);
    const fmk::Trace trace(callbacks);
    FMK_REQUIRE(batch >= 1, "batch is 0, expected 1 or more");
    const at::Tensor x = batch_of(latents, batch, "latents", u);
    const at::Tensor t = batch_of(text, batch, "text", u);
    FMK_REQUIRE(x.dim() == 5 && x.size(1) == u.model.in_channels() && x.numel() > 0, "latents have the shape ", x.sizes(), ", expected [B,",
                u.model.in_channels(), ",F,H,W]");
    FMK_REQUIRE(t.dim() == 3 && t.size(2) == u.model.text_channels() && t.size(1) > 0, "text has the shape ", t.sizes(), ", expected [B,L,",
                u.model.text_channels(), "]");
    const auto items = static_cast<int64_t>(batch);
    std::optional<fmk::Plan> checked;
    if (plan != nullptr) checked = fmk::Plan::from(*plan, items, x.size(2), t.size(1), u.context.device);
    std::optional<SourceRecord> source = plan == nullptr ? std::nullopt : source_record(*plan, *checked, u, x, t.size(1));
    std::optional<fmk::WordMaps> words;
    if (capture != nullptr) {
      words = word_maps(*capture, u, items, t.size(1));
      for (int32_t i = 0; i < capture->map_count; ++i) capture->maps_new[i] = nullptr;
    }

    std::vector<at::Tensor> outputs =
        forward(u, x, t, timestep, checked ? &*checked : nullptr, words ? &*words : nullptr, source ? &*source : nullptr, trace);
    at::Tensor block; /* of a record */
    if (source && source->recorded) {
      block = outputs.back();
      outputs.pop_back();
    } else if (source) {
      source->cache.taken();
    }

    /* All results exist before the first is handed over: a failure leaves none behind. */
    std::vector<std::unique_ptr<fmk_tensor>> results;
    for (int64_t i = 0; i < items; ++i) {
      results.push_back(result(u.context, outputs[0].narrow(0, i, 1)));
    }
    std::vector<std::unique_ptr<fmk_tensor>> maps;
    for (size_t i = 1; i < outputs.size(); ++i) maps.push_back(result(u.context, outputs[i]));
    if (block.defined()) source->cache.keep(source->number, source->states.layout, block);
    for (size_t i = 0; i < batch; ++i) out_new[i] = results[i].release();
    for (size_t i = 0; i < maps.size(); ++i) capture->maps_new[i] = maps[i].release();
  });
}

}  // extern "C"
