#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>
#include <cstdint>

#include "kernels/attention_params.h"

/*
 * Masked self attention on a CUDA device. Letters as in ops/masked_attention.h; the arithmetic of the softmax is in f32.
 *
 * Two launches on one stream, no synchronisation, nothing allocated, the grid independent of the mask: both may be captured in a graph
 * and replayed after the mask has changed.
 */
namespace fmk::kernels::cuda {

/* Which kernel multiplies. kBest takes the first of Hopper, Ampere that device and element allow; kF32 inputs have one kernel. */
enum class SelfUnit : int32_t { kBest, kHopper, kAmpere };

/* out = M softmax(q2 k2^T) v2 + (1-M) softmax(q0 k0^T) v2, all [F,H,N,D] with a channel stride of 1 and a dimension of self_head_dim().
 * Addresses and strides are multiples of 16 bytes. `out` does not overlap the inputs. */
struct SelfAttention {
  Element element;
  SelfUnit unit;
  int64_t frames;
  int64_t heads;
  int64_t queries; /* N of the queries */
  int64_t keys;    /* N of keys and values */
  int64_t dim;
  float scale; /* with log2(e) */
  Operand q0, k0, q2, k2, v2, out;
  const float* mask; /* [F,N] contiguous, in [0,1], 1 takes the edit; NULL = the source everywhere */
  int32_t* runs;     /* self_attention_workspace() bytes; written before it is read */
};

/* 32, 40, 64, 80, 128, 160 */
bool self_head_dim(int64_t dim);

/* Bytes of `runs`. */
size_t self_attention_workspace(int64_t frames, int64_t queries);

/* Enqueues on the stream of the current device. Returns the first error of a launch; cudaErrorNotSupported when `unit` names a kernel that
 * the device, the element or a stride of 0 rules out. */
cudaError_t self_attention(const SelfAttention& p, cudaStream_t stream);

}  // namespace fmk::kernels::cuda
