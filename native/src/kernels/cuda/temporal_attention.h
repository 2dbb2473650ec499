#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>

#include "kernels/attention_params.h"

/* Attention over frames on a CUDA device. Letters as in ops/masked_attention.h; softmax and blends are in f32. */
namespace fmk::kernels::cuda {

/* out = softmax(q2 k2^T) v2, all [N,H,F,D]; controlled: with the source's q0 and k0 mixed in by pixel and frame.
 * D is 32, 40, 64, 80, 128 or 160, F 64 at most, N*H/4 under 2^31; addresses and strides are multiples of 16 bytes. */
struct TemporalAttention {
  Element element;
  int64_t sequences; /* N, pixels */
  int64_t heads;
  int64_t frames; /* F, the length of a sequence */
  int64_t dim;
  float scale; /* with log2(e) */
  Operand q2, k2, v2, out;
  bool controlled; /* false: what follows is not read */
  bool mix_inputs; /* true: Q and K are mixed, false: the maps are */
  Operand q0, k0;
  const float* mask;     /* in [0,1]; NULL = the source everywhere */
  int64_t mask_sequence; /* strides of the mask in elements */
  int64_t mask_frame;
  bool edit_inside; /* 1 in the mask takes the edit (true) or the source (false) */
};

/* Enqueues on the stream of the current device, one launch. Returns the error of the launch. */
cudaError_t temporal_attention(const TemporalAttention& p, cudaStream_t stream);

}  // namespace fmk::kernels::cuda
