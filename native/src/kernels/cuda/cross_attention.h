#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>
#include <cstdint>

#include "kernels/attention_params.h"

/* Attention to the words of a prompt on a CUDA device, with control by a source item and capture of word maps. Letters as in
 * ops/masked_attention.h; softmaxes, blends and sums are in f32. */
namespace fmk::kernels::cuda {

constexpr int kMostCrossItems = 4;
constexpr int kMostCrossGroups = 32;

/* What one item of a batch attends to, and how. */
struct CrossItem {
  Operand q, k, v, out; /* q, out [F,H,N,D]; k, v [F,H,L,D], an outer stride of 0 when all frames share them */
  float* maps;          /* word maps of q k^T without control, [G,F,N] contiguous, added to; NULL = not wanted */
  bool controlled;      /* by a source item and what CrossAttention tells; false: what follows is not read */
  const float* mask;    /* [F,N] contiguous, in [0,1], 1 takes the edit; NULL = the source everywhere */
  Operand q0, k0;       /* the source item's */
  /* Its own result, whose maps the edit then shares. */
  Operand v0, out0; /* out0.data is NULL: not wanted */
  float* maps0;     /* as maps */
};

/* All items in one launch. D is 32, 40, 64, 80, 128 or 160, L 1..128; addresses and strides of operands are multiples of 16 bytes. */
struct CrossAttention {
  Element element;
  int64_t frames;
  int64_t heads;
  int64_t queries; /* N of one frame */
  int64_t tokens;  /* L */
  int64_t dim;
  float scale; /* with log2(e) */
  int32_t items;
  CrossItem item[kMostCrossItems];
  /* Control, as CrossControl in ops/masked_attention.h. */
  bool blend_first;
  const float* matrix;    /* R [L,L] contiguous, NULL = identity; the 16-bit kernels round it to their element */
  const float* weights;   /* [L], NULL = 1 */
  const float* equalizer; /* [L], NULL = 1 */
  const float* alpha;     /* [L], NULL = 1 */
  /* Capture: a map is the mean over heads of the sum over a group's tokens. */
  int32_t groups;
  const int64_t* group_tokens[kMostCrossGroups];
  int32_t group_sizes[kMostCrossGroups];
};

/* The tokens that the 16-bit kernels compute with: 80 or 128. */
int64_t cross_padding(int64_t tokens);

/* Bytes of shared memory that a block needs. */
size_t cross_shared_memory(const CrossAttention& p);

/* Enqueues on the stream of the current device, one launch. Returns its first error. */
cudaError_t cross_attention(const CrossAttention& p, cudaStream_t stream);

}  // namespace fmk::kernels::cuda
