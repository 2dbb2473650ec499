#pragma once

#include "ops/masked_attention.h"

/*
 * The operations of masked_attention.h by the CUDA kernels, on libtorch's current stream. The caller has checked what attention_checks.h
 * asks for. Nothing here waits for the GPU or copies from the host, and scratch memory is libtorch's: a call can be captured in a graph.
 */
namespace fmk::fused::cuda {

/* Whether this build has them. Where it has not, nothing below is defined, and may be named behind `if constexpr` alone. */
#if defined(FMK_WITH_CUDA)
constexpr bool kCompiled = true;
#else
constexpr bool kCompiled = false;
#endif

/* "", or why the device cannot run the kernels: its compute capability is under 8.0. */
std::string check_capability(at::Device device);

/* What a run is counted under: the device's architecture, such as "sm_90". */
std::string kernel_name(at::Device device);

void masked_self_attention(const at::Tensor& q0, const at::Tensor& k0, const at::Tensor& q2, const at::Tensor& k2, const at::Tensor& v2,
                           const at::Tensor& mask, const at::Tensor& out);

/* A block keeps what a head attends to in shared memory, and the token map, which has to fit. */
std::string check_cross_memory(const at::Tensor& q, const at::Tensor& k, size_t groups, bool controlled, bool mapped);

/* Most groups of captured words, and most items in one launch (a controlled item and its source are one). */
std::string check_groups(size_t groups);
std::string check_items(int64_t items);

void masked_cross_attention(const at::Tensor& q0, const at::Tensor& k0, const at::Tensor& q2, const at::Tensor& k2, const at::Tensor& v2,
                            const at::Tensor& mask, const CrossControl& control, const at::Tensor& out);

void captured_cross_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const std::vector<at::Tensor>& groups,
                              const at::Tensor& out, const at::Tensor& maps);

void cross_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const CrossBatch& batch, const at::Tensor& out);

void temporal_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const at::Tensor& out);

void masked_temporal_attention(const at::Tensor& q0, const at::Tensor& k0, const at::Tensor& q2, const at::Tensor& k2, const at::Tensor& v2,
                               const at::Tensor& mask, int32_t mode, int32_t polarity, const at::Tensor& out);

}  // namespace fmk::fused::cuda
