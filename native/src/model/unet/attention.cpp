#include "model/unet/attention.h"

#include <ATen/ops/index_select.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/stack.h>

#include "ops/attention.h"

namespace fmk {
namespace {

bool within(int64_t tokens, int64_t max_tokens) { return max_tokens == 0 || tokens <= max_tokens; }

/* The rows of one item in a tensor whose first dimension is [B*rows]. */
at::Tensor item_rows(const at::Tensor& x, int64_t item, int64_t rows) { return x.narrow(0, item * rows, rows); }

}  // namespace

AttentionProjections::AttentionProjections(const WeightPath& at, int64_t channels, int64_t context, int64_t heads, int64_t head_dim)
    : to_q_(at / "to_q", channels, heads * head_dim, false),
      to_k_(at / "to_k", context, heads * head_dim, false),
      to_v_(at / "to_v", context, heads * head_dim, false),
      to_out_(at / "to_out" / 0, heads * head_dim, channels) {}

// ---- self ---------------------------------------------------------------------------------------------------------------------------

SelfAttention::SelfAttention(const WeightPath& at, int64_t channels, int64_t heads, int64_t head_dim, int32_t level)
    : info_{FMK_ATTENTION_SELF, level, heads, head_dim, true, at.path()}, project_(at, channels, channels, heads, head_dim) {}

at::Tensor SelfAttention::operator()(const at::Tensor& x, int64_t height, int64_t width, const ForwardState& state) const {
  const at::Tensor q = split_heads(project_.q(x), info_.heads);
  const at::Tensor k = split_heads(project_.k(x), info_.heads);
  const at::Tensor v = split_heads(project_.v(x), info_.heads);
  if (state.trace.probing_attention()) state.trace.probe(info_.name + ".mean_heads", attention_probabilities(q, k).mean(1));

  at::Tensor out = merge_heads(attention(q, k, v));
  const Plan* plan = state.plan;
  if (plan != nullptr && plan->self_mode != FMK_SELF_OFF && within(height * width, plan->self_max_tokens)) {
    const auto source = [&](const at::Tensor& t) { return item_rows(t, plan->source_item, state.frames); };
    const auto edit = [&](const at::Tensor& t) { return item_rows(t, plan->edit_item, state.frames); };
    const at::Tensor mask = Plan::mask(plan->self_masks, height, width, info_.name);
    edit(out).copy_(merge_heads(masked_self_attention(source(q), source(k), edit(q), edit(k), edit(v), mask)));
  }
  return project_.out(out);
}

// ---- cross --------------------------------------------------------------------------------------------------------------------------

CrossAttention::CrossAttention(const WeightPath& at, int64_t channels, int64_t text_channels, int64_t heads, int64_t head_dim,
                               int32_t level)
    : info_{FMK_ATTENTION_CROSS, level, heads, head_dim, true, at.path()}, project_(at, channels, text_channels, heads, head_dim) {}

at::Tensor CrossAttention::operator()(const at::Tensor& x, int64_t height, int64_t width, const ForwardState& state) const {
  const int64_t frames = state.frames;
  const int64_t pixels = height * width;
  /* All frames of an item attend to the same text, so they are one sequence of queries: [B,H,F*h*w,D]. */
  const at::Tensor q = split_heads(project_.q(x).view({state.batch, frames * pixels, -1}), info_.heads);
  const at::Tensor k = split_heads(project_.k(state.text), info_.heads);
  const at::Tensor v = split_heads(project_.v(state.text), info_.heads);
  if (state.trace.probing_attention()) {
    state.trace.probe(info_.name + ".mean_heads", attention_probabilities(q, k).mean(1).view({state.batch * frames, pixels, -1}));
  }

  at::Tensor out;
  if (state.words != nullptr) {
    const WordMaps& words = *state.words;
    const at::Tensor p = attention_probabilities(q.narrow(0, words.item, 1), k.narrow(0, words.item, 1)).mean(1);  // [1,F*h*w,L]
    std::vector<at::Tensor> maps;
    for (const at::Tensor& tokens : words.groups) {
      maps.push_back(p.index_select(2, tokens).to(at::kFloat).sum(2).view({frames, height, width}));
    }
    state.words->maps.push_back(at::stack(maps));
  }
  out = merge_heads(attention(q, k, v));
  const Plan* plan = state.plan;
  if (plan != nullptr && plan->cross_mode != FMK_CROSS_OFF && within(pixels, plan->cross_max_tokens)) {
    /* [1,H,F*N,D] -> [F,H,N,D] */
    const auto by_frame = [&](const at::Tensor& t) { return t.view({info_.heads, frames, pixels, info_.head_dim}).transpose(0, 1); };
    const int64_t source = plan->source_item;
    const int64_t edit = plan->edit_item;
    const at::Tensor mask = Plan::mask(plan->cross_masks, height, width, info_.name);
    const at::Tensor fused = masked_cross_attention(by_frame(q[source]), k.narrow(0, source, 1), by_frame(q[edit]), k.narrow(0, edit, 1),
                                                    v.narrow(0, edit, 1), mask, plan->cross);
    out[edit].copy_(merge_heads(fused).view({frames * pixels, -1}));
  }
  return project_.out(out.view({state.batch * frames, pixels, -1}));
}

// ---- temporal -----------------------------------------------------------------------------------------------------------------------

TemporalAttention::TemporalAttention(const WeightPath& at, int64_t channels, int64_t heads, int64_t head_dim, int32_t level,
                                     bool controlled)
    : info_{FMK_ATTENTION_TEMPORAL, level, heads, head_dim, controlled, at.path()}, project_(at, channels, channels, heads, head_dim) {}

at::Tensor TemporalAttention::operator()(const at::Tensor& x, int64_t height, int64_t width, const ForwardState& state) const {
  const int64_t batch = state.batch;
  const int64_t frames = state.frames;
  const int64_t pixels = height * width;
  /* [B,F,N,H*D] -> [B*N,H,F,D] */
  const auto sequences = [&](const at::Tensor& t) {
    return t.view({batch, frames, pixels, info_.heads, info_.head_dim})
        .permute({0, 2, 3, 1, 4})
        .reshape({batch * pixels, info_.heads, frames, info_.head_dim});
  };
  const at::Tensor q = sequences(project_.q(x));
  const at::Tensor k = sequences(project_.k(x));
  const at::Tensor v = sequences(project_.v(x));
  if (state.trace.probing_attention()) state.trace.probe(info_.name + ".mean_heads", attention_probabilities(q, k).mean(1));

  at::Tensor out = attention(q, k, v);
  const Plan* plan = state.plan;
  if (plan != nullptr && info_.controlled && plan->temporal_mode != FMK_TEMPORAL_OFF && within(pixels, plan->temporal_max_tokens)) {
    const auto source = [&](const at::Tensor& t) { return item_rows(t, plan->source_item, pixels); };
    const auto edit = [&](const at::Tensor& t) { return item_rows(t, plan->edit_item, pixels); };
    at::Tensor mask = Plan::mask(plan->temporal_masks, height, width, info_.name);  // [F,N]
    if (mask.defined()) mask = mask.t().contiguous();
    edit(out).copy_(
        masked_temporal_attention(source(q), source(k), edit(q), edit(k), edit(v), mask, plan->temporal_mode, plan->temporal_polarity));
  }
  const at::Tensor tokens =
      out.view({batch, pixels, info_.heads, frames, info_.head_dim}).permute({0, 3, 1, 2, 4}).reshape({batch, frames, pixels, -1});
  return project_.out(tokens);
}

}  // namespace fmk
