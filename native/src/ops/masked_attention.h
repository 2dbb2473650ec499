#pragma once

#include <ATen/core/Tensor.h>
#include <fmk/fmk.h>

#include <vector>

#include "ops/attention_route.h"

/*
 * Attention of the edited item, fused with the source item's, and the other kinds that a model spends its time on: each by a fused kernel
 * or by its definition (masked_attention_reference.h, attention.h), as the route decides.
 *
 * Index 0 is the source item, index 2 the edited one. F frames (or, for temporal attention, F positions of a sequence), H heads, N query
 * positions, L text tokens, D channels of a head. Masks are f32 in [0,1], 1 on the object; an undefined tensor means no mask. Tensors have
 * any strides; `out` is written and may be a view.
 */
namespace fmk {

struct CrossControl {
  int32_t mode = FMK_CROSS_MAP_THEN_BLEND; /* enum fmk_cross_mode */
  at::Tensor matrix;                       /* R [L,L], row source token, column target token; undefined = identity */
  at::Tensor weights;                      /* a [L]; undefined = 1 */
  at::Tensor equalizer;                    /* e [L]; undefined = 1 */
  at::Tensor alpha;                        /* alpha [L]; undefined = 1 */
};

/* Which items of a batch are controlled and captured in cross attention. */
struct CrossBatch {
  int64_t source = -1; /* the item that controls; -1 = it is not in the batch */
  at::Tensor q0, k0;   /* its queries [1,H,N,D] and keys [1,H,L,D], in the batch or not */
  int64_t edit = -1;   /* the item that is controlled, not the source; -1 = none */
  CrossControl control;
  at::Tensor mask;       /* [1,N] */
  int64_t captured = -1; /* the item whose word maps are wanted, without control; -1 = none */
  std::vector<at::Tensor> groups;
  at::Tensor maps; /* out: [G,1,N] f32 contiguous, zeros before */
};

/* Attention of items without control: q [N,H,Q,D], k and v [N,H,K,D] -> [N,Q,H*D]. On a GPU it is libtorch's, whatever the route. */
at::Tensor plain_attention(AttentionRoute& route, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v);

/* q0 .. v2 and out [F,H,N,D]; mask [F,N], 1 takes the edit */
void masked_self_attention(AttentionRoute& route, const at::Tensor& q0, const at::Tensor& k0, const at::Tensor& q2, const at::Tensor& k2,
                           const at::Tensor& v2, const at::Tensor& mask, const at::Tensor& out);

/* q0, q2 and out [F,H,N,D]; k0, k2, v2 [1,H,L,D] or [F,H,L,D]; mask [F,N] */
void masked_cross_attention(AttentionRoute& route, const at::Tensor& q0, const at::Tensor& k0, const at::Tensor& q2, const at::Tensor& k2,
                            const at::Tensor& v2, const at::Tensor& mask, const CrossControl& control, const at::Tensor& out);

/* Attention without control that tells how much each group of words is looked at: out [F,H,N,D] and maps [G,F,N] f32 contiguous, zeros
 * before, the mean over heads of the sum over a group's tokens. q [F,H,N,D]; k, v [1,H,L,D] or [F,H,L,D]; groups: G tensors of token
 * indices, I64. */
void captured_cross_attention(AttentionRoute& route, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                              const std::vector<at::Tensor>& groups, const at::Tensor& out, const at::Tensor& maps);

/* All items of a batch: q, out [B,H,N,D]; k, v [B,H,L,D]. On CUDA in one launch, else item by item. */
void cross_attention(AttentionRoute& route, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const CrossBatch& batch,
                     const at::Tensor& out);

/* Attention over frames without control: q, k, v, out [N,H,F,D] */
void temporal_attention(AttentionRoute& route, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const at::Tensor& out);

/* q0 .. v2 and out [N,H,F,D]; mask [N,F]; mode enum fmk_temporal_mode, polarity enum fmk_polarity */
void masked_temporal_attention(AttentionRoute& route, const at::Tensor& q0, const at::Tensor& k0, const at::Tensor& q2,
                               const at::Tensor& k2, const at::Tensor& v2, const at::Tensor& mask, int32_t mode, int32_t polarity,
                               const at::Tensor& out);

}  // namespace fmk
