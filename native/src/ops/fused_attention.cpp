#include "ops/fused_attention.h"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "ops/attention_checks.h"

namespace fmk::fused {
namespace {

using kernels::Blend;
using kernels::Element;
using kernels::KernelTable;
using kernels::Operand;
using kernels::RowTile;

/* Least work that is worth a thread, in multiply-adds of one product. */
constexpr int64_t kGrainWork = 1 << 15;

constexpr double kLog2e = 1.4426950408889634;

Operand operand(const at::Tensor& x) { return {x.data_ptr(), x.size(0) == 1 ? 0 : x.stride(0), x.stride(1), x.stride(2)}; }

Element element_of(const at::Tensor& x) { return x.scalar_type() == at::kBFloat16 ? Element::kBf16 : Element::kF32; }

float scale_of(const at::Tensor& q) { return static_cast<float>(kLog2e / std::sqrt(static_cast<double>(q.size(3)))); }

/* f32, contiguous; undefined stays undefined. */
at::Tensor plain(const at::Tensor& x) { return x.defined() ? x.to(at::kFloat).contiguous() : x; }

const float* floats(const at::Tensor& x) { return x.defined() ? x.const_data_ptr<float>() : nullptr; }

int64_t grain(int64_t work_of_task) { return std::max<int64_t>(1, kGrainWork / std::max<int64_t>(1, work_of_task)); }

/* The query rows of every frame, brought into runs that need the same products, and cut into tiles. */
class RowRuns {
 public:
  /* mask [F,N] contiguous, or undefined: the source everywhere. */
  RowRuns(const at::Tensor& mask, int64_t frames, int64_t heads, int64_t queries, int32_t lanes) {
    const float* values = floats(mask);
    rows_.reserve(static_cast<size_t>(mask.defined() ? frames * queries : queries));
    for (int64_t f = 0; f < frames; ++f) {
      std::array<int64_t, 4> ends{};
      const bool shared = values == nullptr && f > 0; /* without a mask all frames have the rows of the first */
      const int64_t start = shared ? 0 : static_cast<int64_t>(rows_.size());
      for (size_t run = 0; run < kRuns.size(); ++run) {
        for (int64_t n = 0; n < queries && !shared; ++n) {
          const float m = values == nullptr ? 0.0F : values[f * queries + n];
          if (blend_of(m) == kRuns[run]) rows_.push_back(static_cast<int32_t>(n));
        }
        ends[run + 1] = shared ? queries : static_cast<int64_t>(rows_.size()) - start;
      }
      /* All tiles of a head follow each other: its keys and values stay in the cache. */
      for (int64_t h = 0; h < heads; ++h) {
        for (size_t run = 0; run < kRuns.size(); ++run) {
          for (int64_t at = ends[run]; at < ends[run + 1]; at += lanes) {
            const auto count = static_cast<int32_t>(std::min<int64_t>(lanes, ends[run + 1] - at));
            tiles_.push_back({static_cast<int32_t>(f), static_cast<int32_t>(h), start + at, count, kRuns[run]});
          }
        }
      }
    }
  }

  const std::vector<int32_t>& rows() const { return rows_; }
  const std::vector<RowTile>& tiles() const { return tiles_; }

 private:
  static constexpr std::array<Blend, 3> kRuns{Blend::kSource, Blend::kEdit, Blend::kBoth};

  static Blend blend_of(float m) {
    if (m == 0.0F) return Blend::kSource;
    return m == 1.0F ? Blend::kEdit : Blend::kBoth;
  }

  std::vector<int32_t> rows_;
  std::vector<RowTile> tiles_;
};

/* The entries of R that are not 0, by column: few, a word maps to a word. */
struct SparseColumns {
  std::vector<int32_t> starts;
  std::vector<int32_t> tokens;
  std::vector<float> values;

  explicit SparseColumns(const at::Tensor& matrix) {
    if (!matrix.defined()) return;
    const at::Tensor dense = plain(matrix);
    const float* r = floats(dense);
    const int64_t count = dense.size(0);
    starts.push_back(0);
    for (int64_t n = 0; n < count; ++n) {
      for (int64_t w = 0; w < count; ++w) {
        if (r[w * count + n] == 0.0F) continue;
        tokens.push_back(static_cast<int32_t>(w));
        values.push_back(r[w * count + n]);
      }
      starts.push_back(static_cast<int32_t>(tokens.size()));
    }
  }
};

kernels::CrossParams cross_params(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const at::Tensor& out) {
  kernels::CrossParams p{};
  p.element = element_of(q);
  p.frames = q.size(0);
  p.heads = q.size(1);
  p.queries = q.size(2);
  p.tokens = k.size(2);
  p.dim = q.size(3);
  p.scale = scale_of(q);
  p.q2 = operand(q);
  p.k2 = operand(k);
  p.v2 = operand(v);
  p.out = operand(out);
  return p;
}

void run_cross(const KernelTable& table, const kernels::CrossParams& p) {
  const int64_t tiles = p.frames * ((p.queries + table.lanes - 1) / table.lanes);
  const int64_t tasks = p.groups > 0 ? tiles : tiles * p.heads;
  const int64_t work = table.lanes * p.tokens * p.dim * (p.groups > 0 ? p.heads : 1);
  at::parallel_for(0, tasks, grain(work), [&](int64_t begin, int64_t end) { table.cross_attention(p, begin, end); });
}

kernels::TemporalParams temporal_params(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const at::Tensor& out) {
  kernels::TemporalParams p{};
  p.element = element_of(q);
  p.heads = q.size(1);
  p.frames = q.size(2);
  p.dim = q.size(3);
  p.scale = scale_of(q);
  p.q2 = operand(q);
  p.k2 = operand(k);
  p.v2 = operand(v);
  p.out = operand(out);
  return p;
}

void run_temporal(const KernelTable& table, const kernels::TemporalParams& p, int64_t sequences) {
  const int64_t work = p.frames * (p.frames + 2) * p.dim;
  at::parallel_for(0, sequences * p.heads, grain(work), [&](int64_t begin, int64_t end) { table.temporal_attention(p, begin, end); });
}

}  // namespace

void attention(const KernelTable& table, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const at::Tensor& out) {
  if (check_tokens(k).empty()) return run_cross(table, cross_params(q, k, v, out)); /* few keys: one pass over all of them */
  masked_self_attention(table, q, k, q, k, v, {}, out);
}

void masked_self_attention(const KernelTable& table, const at::Tensor& q0, const at::Tensor& k0, const at::Tensor& q2, const at::Tensor& k2,
                           const at::Tensor& v2, const at::Tensor& mask, const at::Tensor& out) {
  const at::Tensor m = plain(mask);
  const RowRuns runs(m, q0.size(0), q0.size(1), q0.size(2), table.lanes);
  kernels::SelfParams p{};
  p.element = element_of(q0);
  p.keys = k0.size(2);
  p.dim = q0.size(3);
  p.scale = scale_of(q0);
  p.q0 = operand(q0);
  p.k0 = operand(k0);
  p.q2 = operand(q2);
  p.k2 = operand(k2);
  p.v2 = operand(v2);
  p.out = operand(out);
  p.tiles = runs.tiles().data();
  p.rows = runs.rows().data();
  p.mask = floats(m);
  const int64_t work = table.lanes * p.keys * p.dim;
  at::parallel_for(0, static_cast<int64_t>(runs.tiles().size()), grain(work),
                   [&](int64_t begin, int64_t end) { table.self_attention(p, begin, end); });
}

void masked_cross_attention(const KernelTable& table, const at::Tensor& q0, const at::Tensor& k0, const at::Tensor& q2,
                            const at::Tensor& k2, const at::Tensor& v2, const at::Tensor& mask, const CrossControl& control,
                            const at::Tensor& out) {
  const at::Tensor m = plain(mask);
  const at::Tensor weights = plain(control.weights);
  const at::Tensor equalizer = plain(control.equalizer);
  const at::Tensor alpha = plain(control.alpha);
  const SparseColumns matrix(control.matrix);
  kernels::CrossParams p = cross_params(q2, k2, v2, out);
  p.controlled = true;
  p.blend_first = control.mode == FMK_CROSS_BLEND_THEN_MAP;
  p.q0 = operand(q0);
  p.k0 = operand(k0);
  p.mask = floats(m);
  if (control.matrix.defined()) p.matrix = {matrix.starts.data(), matrix.tokens.data(), matrix.values.data()};
  p.weights = floats(weights);
  p.equalizer = floats(equalizer);
  p.alpha = floats(alpha);
  run_cross(table, p);
}

void captured_cross_attention(const KernelTable& table, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                              const std::vector<at::Tensor>& groups, const at::Tensor& out, const at::Tensor& maps) {
  std::vector<int32_t> starts{0};
  std::vector<int32_t> tokens;
  for (const at::Tensor& group : groups) {
    const at::Tensor indices = group.contiguous();
    const int64_t* first = indices.const_data_ptr<int64_t>();
    tokens.insert(tokens.end(), first, first + indices.numel());
    starts.push_back(static_cast<int32_t>(tokens.size()));
  }
  kernels::CrossParams p = cross_params(q, k, v, out);
  p.groups = static_cast<int64_t>(groups.size());
  p.group_starts = starts.data();
  p.group_tokens = tokens.data();
  p.maps = maps.data_ptr<float>();
  run_cross(table, p);
}

void temporal_attention(const KernelTable& table, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const at::Tensor& out) {
  run_temporal(table, temporal_params(q, k, v, out), q.size(0));
}

void masked_temporal_attention(const KernelTable& table, const at::Tensor& q0, const at::Tensor& k0, const at::Tensor& q2,
                               const at::Tensor& k2, const at::Tensor& v2, const at::Tensor& mask, int32_t mode, int32_t polarity,
                               const at::Tensor& out) {
  at::Tensor edit = plain(mask);
  if (edit.defined() && polarity == FMK_POLARITY_SOURCE_INSIDE) edit = 1 - edit;
  kernels::TemporalParams p = temporal_params(q2, k2, v2, out);
  p.controlled = true;
  p.mix_inputs = mode == FMK_TEMPORAL_QK;
  p.q0 = operand(q0);
  p.k0 = operand(k0);
  p.edit = floats(edit);
  run_temporal(table, p, q2.size(0));
}

}  // namespace fmk::fused
