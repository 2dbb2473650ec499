#pragma once

#include <string>
#include <string_view>

namespace fmk {

/*
 * Rewrites the pickle of a PyTorch state dict into one that libtorch's unpickler reads.
 *
 * torch.save writes a state dict as a collections.OrderedDict whose `_metadata` is attached by BUILD; libtorch's unpickler makes no such
 * object. Here an OrderedDict becomes a plain dict, and a dict with state attached the pair of both. What the pickle may name is checked:
 * tensors and their storages, nothing else. Fails with IO, naming the opcode or the global that is refused.
 */
std::string plain_state_dict_pickle(std::string_view pickle);

}  // namespace fmk
