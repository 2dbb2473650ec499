#pragma once

#include <ATen/core/Tensor.h>
#include <fmk/fmk.h>

/*
 * Attention of the edited item, fused with the source item's. These are the operations that fused kernels replace; the definitions in
 * masked_attention_reference.cpp are written to be read, and are what kernels are tested against.
 *
 * Index 0 is the source item, index 2 the edited one. F frames (or, for temporal attention, F positions of a sequence), H heads, N query
 * positions, L text tokens, D channels of a head. Masks are f32 in [0,1], 1 on the object; an undefined tensor means no mask.
 */
namespace fmk {

struct CrossControl {
  int32_t mode = FMK_CROSS_MAP_THEN_BLEND; /* enum fmk_cross_mode */
  at::Tensor matrix;                       /* R [L,L], row source token, column target token; undefined = identity */
  at::Tensor weights;                      /* a [L]; undefined = 1 */
  at::Tensor equalizer;                    /* e [L]; undefined = 1 */
  at::Tensor alpha;                        /* alpha [L]; undefined = 1 */
};

/* a[n] * sum_w p0[.,w] R[w,n] + (1-a[n]) p2[.,n]; p0, p2 [..,L]. */
at::Tensor map_tokens(const at::Tensor& p0, const at::Tensor& p2, const CrossControl& control);

/* q0, q2 [F,H,N,D]; k0, k2, v2 [1,H,L,D] or [F,H,L,D]; mask [F,N] -> [F,H,N,D] */
at::Tensor masked_cross_attention(const at::Tensor& q0, const at::Tensor& k0, const at::Tensor& q2, const at::Tensor& k2,
                                  const at::Tensor& v2, const at::Tensor& mask, const CrossControl& control);

/* q0 .. v2 [F,H,N,D]; mask [F,N], 1 takes the edit -> [F,H,N,D] */
at::Tensor masked_self_attention(const at::Tensor& q0, const at::Tensor& k0, const at::Tensor& q2, const at::Tensor& k2,
                                 const at::Tensor& v2, const at::Tensor& mask);

/* q0 .. v2 [N,H,F,D]; mask [N,F]; mode enum fmk_temporal_mode, polarity enum fmk_polarity -> [N,H,F,D] */
at::Tensor masked_temporal_attention(const at::Tensor& q0, const at::Tensor& k0, const at::Tensor& q2, const at::Tensor& k2,
                                     const at::Tensor& v2, const at::Tensor& mask, int32_t mode, int32_t polarity);

}  // namespace fmk
