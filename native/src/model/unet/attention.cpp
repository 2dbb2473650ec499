#include "model/unet/attention.h"

#include <ATen/ops/empty.h>

#include "ops/attention.h"

namespace fmk {
namespace {

/*
 * The source's queries and keys where a layer's edit is to be fused with them, else undefined. Where the source is recorded, this is where
 * it happens. query [B,F,h*w,C], key [B,..,C].
 */
SourceState source_of(const ForwardState& state, const AttentionInfo& info, int64_t pixels, const at::Tensor& query,
                      const at::Tensor& key) {
  const Plan* plan = state.plan;
  if (plan == nullptr || !plan->controls(info, pixels)) return {};
  if (plan->source == FMK_SOURCE_CACHED) return state.source->layer(info.name);
  SourceState item{query[plan->source_item], key[plan->source_item]};
  if (plan->source == FMK_SOURCE_ITEM) return item;
  const SourceState kept = state.source->layer(info.name);
  kept.query.copy_(item.query);
  kept.key.copy_(item.key);
  return {};
}

/* Plain attention of all items but one, whose place in out is left for fused attention. q .. out [B*rows,H,N,D]. */
void attend_others(AttentionRoute& route, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, int64_t item, int64_t rows,
                   const at::Tensor& out) {
  const auto run = [&](int64_t first, int64_t count) {
    if (count == 0) return;
    const auto part = [&](const at::Tensor& t) { return t.narrow(0, first, count); };
    part(out).copy_(split_heads(plain_attention(route, part(q), part(k), part(v)), q.size(1)));
  };
  run(0, item * rows);
  run((item + 1) * rows, q.size(0) - (item + 1) * rows);
}

/* The end of a layer: its output projection, added to the residual. */
at::Tensor finish(const AttentionInfo& info, const Linear& to_out, const at::Tensor& values, const at::Tensor& residual,
                  const Trace& trace) {
  trace.probe(info.name, [&] { return to_out(values); });
  return to_out.add(values, residual);
}

}  // namespace

// ---- self ---------------------------------------------------------------------------------------------------------------------------

SelfAttention::SelfAttention(const WeightPath& at, int64_t channels, int64_t heads, int64_t head_dim, int32_t level)
    : info_{FMK_ATTENTION_SELF, level, heads, head_dim, true, at.path()},
      to_qkv_(at, {"to_q", "to_k", "to_v"}, channels, heads * head_dim),
      to_out_(at / "to_out" / 0, heads * head_dim, channels) {}

at::Tensor SelfAttention::add(const at::Tensor& x, const at::Tensor& residual, int64_t height, int64_t width,
                              const ForwardState& state) const {
  const std::vector<at::Tensor> qkv = to_qkv_(x);
  const at::Tensor q = split_heads(qkv[0], info_.heads);
  const at::Tensor k = split_heads(qkv[1], info_.heads);
  const at::Tensor v = split_heads(qkv[2], info_.heads);
  if (state.trace.probing_attention()) state.trace.probe(info_.name + ".mean_heads", attention_probabilities(q, k).mean(1));

  const int64_t pixels = height * width;
  const auto by_item = [&](const at::Tensor& t) { return t.view({state.batch, state.frames, pixels, -1}); };
  const SourceState source = source_of(state, info_, pixels, by_item(qkv[0]), by_item(qkv[1]));
  if (!source.query.defined()) {
    return finish(info_, to_out_, plain_attention(state.attention, q, k, v), residual, state.trace);
  }
  const at::Tensor out = at::empty({q.size(0), q.size(2), info_.heads * info_.head_dim}, q.options());
  const at::Tensor by_head = split_heads(out, info_.heads);
  const auto item = [&](const at::Tensor& t, int64_t i) { return t.narrow(0, i * state.frames, state.frames); };
  const int64_t edit = state.plan->edit_item;
  attend_others(state.attention, q, k, v, edit, state.frames, by_head);
  masked_self_attention(state.attention, split_heads(source.query, info_.heads), split_heads(source.key, info_.heads), item(q, edit),
                        item(k, edit), item(v, edit), Plan::mask(state.plan->self_masks, height, width, info_.name), item(by_head, edit));
  return finish(info_, to_out_, out, residual, state.trace);
}

// ---- cross --------------------------------------------------------------------------------------------------------------------------

CrossAttention::CrossAttention(const WeightPath& at, int64_t channels, int64_t text_channels, int64_t heads, int64_t head_dim,
                               int32_t level)
    : info_{FMK_ATTENTION_CROSS, level, heads, head_dim, true, at.path()},
      to_q_(at / "to_q", channels, heads * head_dim, false),
      to_kv_(at, {"to_k", "to_v"}, text_channels, heads * head_dim),
      to_out_(at / "to_out" / 0, heads * head_dim, channels) {}

at::Tensor CrossAttention::add(const at::Tensor& x, const at::Tensor& residual, int64_t height, int64_t width,
                               const ForwardState& state) const {
  const int64_t frames = state.frames;
  const int64_t pixels = height * width;
  /* All frames of an item attend to the same text, so they are one sequence of queries: [B,H,F*h*w,D]. */
  const at::Tensor query = to_q_(x);
  const at::Tensor q = split_heads(query.view({state.batch, frames * pixels, -1}), info_.heads);
  const std::vector<at::Tensor> kv = to_kv_(state.text);
  const at::Tensor k = split_heads(kv[0], info_.heads);
  const at::Tensor v = split_heads(kv[1], info_.heads);
  if (state.trace.probing_attention()) {
    state.trace.probe(info_.name + ".mean_heads", attention_probabilities(q, k).mean(1).view({state.batch * frames, pixels, -1}));
  }

  const SourceState source = source_of(state, info_, pixels, query.view({state.batch, frames, pixels, -1}), kv[0]);
  const bool controlled = source.query.defined();
  if (!controlled && state.words == nullptr) {
    return finish(info_, to_out_, plain_attention(state.attention, q, k, v).view({state.batch * frames, pixels, -1}), residual,
                  state.trace);
  }
  const at::Tensor out = at::empty({state.batch, frames * pixels, info_.heads * info_.head_dim}, q.options());
  const at::Tensor by_head = split_heads(out, info_.heads);
  CrossBatch items;
  if (controlled) {
    const Plan* plan = state.plan;
    if (plan->source == FMK_SOURCE_ITEM) items.source = plan->source_item;
    items.q0 = split_heads(source.query.view({1, frames * pixels, -1}), info_.heads);
    items.k0 = split_heads(source.key.unsqueeze(0), info_.heads);
    items.edit = plan->edit_item;
    items.control = plan->cross;
    items.mask = Plan::mask(plan->cross_masks, height, width, info_.name);
    if (items.mask.defined()) items.mask = items.mask.view({1, frames * pixels});
  }
  if (state.words != nullptr) {
    items.captured = state.words->item;
    items.groups = state.words->groups;
    items.maps = state.words->next(frames, height, width, q.device()).flatten(1).unsqueeze(1);
  }
  cross_attention(state.attention, q, k, v, items, by_head);
  return finish(info_, to_out_, out.view({state.batch * frames, pixels, -1}), residual, state.trace);
}

// ---- temporal -----------------------------------------------------------------------------------------------------------------------

TemporalAttention::TemporalAttention(const WeightPath& at, int64_t channels, int64_t heads, int64_t head_dim, int32_t level,
                                     bool controlled)
    : info_{FMK_ATTENTION_TEMPORAL, level, heads, head_dim, controlled, at.path()},
      to_qkv_(at, {"to_q", "to_k", "to_v"}, channels, heads * head_dim),
      to_out_(at / "to_out" / 0, heads * head_dim, channels) {}

at::Tensor TemporalAttention::add(const at::Tensor& x, const at::Tensor& residual, int64_t height, int64_t width,
                                  const ForwardState& state) const {
  const int64_t batch = state.batch;
  const int64_t frames = state.frames;
  const int64_t pixels = height * width;
  /* [B,F,N,H*D] -> [B,N,H,F,D], a view: the kernel walks over the frames where they lie. */
  const auto sequences = [&](const at::Tensor& t) {
    return t.view({batch, frames, pixels, info_.heads, info_.head_dim}).permute({0, 2, 3, 1, 4});
  };
  const std::vector<at::Tensor> qkv = to_qkv_(x);
  const at::Tensor q = sequences(qkv[0]);
  const at::Tensor k = sequences(qkv[1]);
  const at::Tensor v = sequences(qkv[2]);
  if (state.trace.probing_attention()) {
    state.trace.probe(info_.name + ".mean_heads", [&] { return attention_probabilities(q.flatten(0, 1), k.flatten(0, 1)).mean(1); });
  }

  const Plan* plan = state.plan;
  const auto by_item = [&](const at::Tensor& t) { return t.view({batch, frames, pixels, -1}); };
  const SourceState source = source_of(state, info_, pixels, by_item(qkv[0]), by_item(qkv[1]));
  const auto of_source = [&](const at::Tensor& t) {  // [F,N,H*D] -> [N,H,F,D]
    return t.view({frames, pixels, info_.heads, info_.head_dim}).permute({1, 2, 0, 3});
  };
  const at::Tensor out = at::empty({batch, frames, pixels, info_.heads * info_.head_dim}, q.options());
  const at::Tensor by_sequence = sequences(out);
  for (int64_t i = 0; i < batch; ++i) {
    if (source.query.defined() && i == plan->edit_item) {
      at::Tensor mask = Plan::mask(plan->temporal_masks, height, width, info_.name);  // [F,N]
      if (mask.defined()) mask = mask.t();
      masked_temporal_attention(state.attention, of_source(source.query), of_source(source.key), q[i], k[i], v[i], mask,
                                plan->temporal_mode, plan->temporal_polarity, by_sequence[i]);
    } else {
      temporal_attention(state.attention, q[i], k[i], v[i], by_sequence[i]);
    }
  }
  /* diffusers' shape of the output is [B*N,F,C]. */
  state.trace.probe(info_.name, [&] { return to_out_(out).transpose(1, 2).flatten(0, 1); });
  return to_out_.add(out, residual);
}

}  // namespace fmk
