#pragma once

#include <cstdint>

/*
 * What the fused attention kernels are called with: plain pointers and strides. No libtorch type and no inline function appears here,
 * because this header is compiled with the instruction sets of the kernels' own translation units.
 *
 * Letters as in ops/masked_attention.h. The index 0 means the source item, 2 the edited one. Scores are (scale * log2(e)) * q.k, so that
 * the softmax is a power of two. All arithmetic is in f32.
 */
namespace fmk::kernels {

/* A tensor [outer,H,rows,D] of values of one Element with a channel stride of 1; strides in elements. */
struct Operand {
  void* data = nullptr; /* only `out` is written */
  int64_t outer = 0;
  int64_t head = 0;
  int64_t row = 0;
};

enum class Element : int32_t { kF32, kBf16, kF16 /* CUDA only */ };

/* Which products a tile of query rows needs. */
enum class Blend : int32_t { kSource, kEdit, kBoth };

/* Up to `lanes` query rows of one head that all need the same products: rows[first .. first+count). One tile is one task. */
struct RowTile {
  int32_t frame;
  int32_t head;
  int64_t first;
  int32_t count;
  Blend blend;
};

/* out = M softmax(q2 k2^T) v2 + (1-M) softmax(q0 k0^T) v2, all [F,H,N,D]. */
struct SelfParams {
  Element element;
  int64_t keys;
  int64_t dim;
  float scale; /* with log2(e) */
  Operand q0, k0, q2, k2, v2, out;
  const RowTile* tiles;
  const int32_t* rows; /* query rows in the order of the tiles */
  const float* mask;   /* [F,N], read for Blend::kBoth only */
};

/* R in columns: target token n sums values[i] * p0[tokens[i]] for starts[n] <= i < starts[n+1]. */
struct TokenMatrix {
  const int32_t* starts; /* [L+1]; NULL = identity */
  const int32_t* tokens;
  const float* values;
};

/* Cross attention of one item with control by a source item and capture of word maps, both optional. q [F,H,N,D], k and v [F or 1,H,L,D].
 */
struct CrossParams {
  Element element;
  int64_t frames;
  int64_t heads;
  int64_t queries; /* N of one frame */
  int64_t tokens;  /* L */
  int64_t dim;
  float scale; /* with log2(e) */
  bool controlled;
  bool blend_first; /* blend-then-map */
  Operand q0, k0;   /* the source item's; read when controlled */
  Operand q2, k2, v2, out;
  const float* mask; /* [F,N] or NULL */
  TokenMatrix matrix;
  const float* weights;   /* [L] or NULL = 1 */
  const float* equalizer; /* [L] or NULL = 1 */
  const float* alpha;     /* [L] or NULL = 1 */
  /* Word maps of q2 k2^T: the mean over heads of the sum over a group's tokens. */
  int64_t groups;              /* 0 = no capture */
  const int32_t* group_starts; /* [groups+1] into group_tokens */
  const int32_t* group_tokens;
  float* maps; /* [groups,F,N] */
};

/* Attention over frames, many short sequences: [N,H,F,D]. Task t is head t % heads of sequence t / heads. */
struct TemporalParams {
  Element element;
  int64_t heads;
  int64_t frames; /* F, the length of a sequence */
  int64_t dim;
  float scale;     /* with log2(e) */
  bool controlled; /* false: softmax(q2 k2^T) v2 */
  bool mix_inputs; /* true: Q and K are mixed, false: the maps are */
  Operand q0, k0;  /* read when controlled */
  Operand q2, k2, v2, out;
  const float* edit; /* [N,F], 1 takes the edit; NULL = the source everywhere */
};

}  // namespace fmk::kernels
