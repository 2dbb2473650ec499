#pragma once

#include <ATen/core/Tensor.h>

#include <initializer_list>
#include <string>
#include <vector>

/*
 * What the fused kernels need of a call: each precondition is a predicate that returns "" or a sentence with the actual value, which
 * becomes the message of a forced path and the reason in the counts. Where the CPU's kernels and CUDA's differ, the operands' device tells.
 */
namespace fmk {

using Operands = std::initializer_list<const at::Tensor*>;

/* All on one device that has kernels: the CPU, or a GPU of compute capability 8.0 or newer where this build has CUDA kernels. */
std::string check_device(Operands operands);

/* All f32 or all bf16; on CUDA also all f16. */
std::string check_dtype(Operands operands);

/* D is a multiple of 8 and 256 at most; on CUDA one of 32, 40, 64, 80, 128, 160. */
std::string check_head_dim(const at::Tensor& q);

/* Channels next to each other in memory. */
std::string check_channel_stride(Operands operands);

/* On CUDA every row starts at a multiple of 16 bytes. */
std::string check_alignment(Operands operands);

/* At least one element, and row numbers that fit 32 bits. */
std::string check_extent(const at::Tensor& q);

/* L is 128 at most. */
std::string check_tokens(const at::Tensor& k);

/* F is 64 at most. */
std::string check_frames(const at::Tensor& q);

/* Keys and values of one frame for all or of each. */
std::string check_key_batch(const at::Tensor& q, Operands keys);

/* Masks, token maps, weights and token groups lie where q does: no call copies them there. Undefined ones do not count. */
std::string check_control_device(const at::Tensor& q, Operands control);

/* f32 and contiguous. */
std::string check_maps(const at::Tensor& maps);

/* The checks that all kernels share, q first; "" when all hold, else the first refusal. */
std::string common_refusal(Operands operands);

/* The first of the given that is not "". */
std::string first_of(std::initializer_list<std::string> refusals);

}  // namespace fmk
