#pragma once

#include <ATen/core/Tensor.h>

#include <initializer_list>
#include <string>
#include <vector>

/*
 * What the fused kernels need of a call: each precondition is a predicate that returns "" or a sentence with the actual value, which
 * becomes the message of a forced path and the reason in the counts.
 */
namespace fmk {

using Operands = std::initializer_list<const at::Tensor*>;

/* All on the CPU: a CUDA device takes the reference operations. */
std::string check_device(Operands operands);

/* All f32 or all bf16. */
std::string check_dtype(Operands operands);

/* D is a multiple of 8 and 256 at most. */
std::string check_head_dim(const at::Tensor& q);

/* Channels next to each other in memory. */
std::string check_channel_stride(Operands operands);

/* At least one element, and row numbers that fit 32 bits. */
std::string check_extent(const at::Tensor& q);

/* L is 128 at most. */
std::string check_tokens(const at::Tensor& k);

/* F is 64 at most. */
std::string check_frames(const at::Tensor& q);

/* Keys and values of one frame for all or of each. */
std::string check_key_batch(const at::Tensor& q, Operands keys);

/* The checks that all kernels share, q first; "" when all hold, else the first refusal. */
std::string common_refusal(Operands operands);

/* The first of the given that is not "". */
std::string first_of(std::initializer_list<std::string> refusals);

}  // namespace fmk
