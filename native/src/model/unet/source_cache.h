#pragma once

#include <ATen/core/Tensor.h>

#include <map>
#include <memory>
#include <string>

#include "model/unet/source_states.h"

namespace fmk {

/* Records of the source: fmk_source_cache_t. */
class SourceCache {
 public:
  /* place: enum fmk_cache_place; directory: of a file. */
  static std::unique_ptr<SourceCache> create(int64_t bytes, int32_t place, const std::string& directory, c10::Device device);

  virtual ~SourceCache() = default;

  /* Fails unless a record of this number and size can be kept. */
  void require_room(int32_t record, const SourceLayout& layout) const;

  /* Where the forward pass for the next record puts it: [bytes] U8 on the device. Called by what is recorded as a CUDA graph. */
  virtual at::Tensor block(int64_t bytes) const { return free_room(bytes); }

  /* Keeps what was put into such a block. */
  void keep(int32_t record, const SourceLayout& layout, const at::Tensor& block);

  const SourceLayout& layout(int32_t record) const;

  /* A record on the device, until taken(). */
  at::Tensor take(int32_t record);

  /* All that reads the record that was taken last is enqueued. */
  virtual void taken() {}

 protected:
  explicit SourceCache(at::Tensor memory) : memory_(std::move(memory)) {}

  /* Copies between the blocks and the cache's memory, which on a CPU they are parts of. */
  virtual void store(const at::Tensor& /*block*/, const at::Tensor& /*kept*/) {}
  virtual at::Tensor load(const at::Tensor& kept) { return kept; }

 private:
  struct Record {
    SourceLayout layout;
    at::Tensor kept; /* [bytes] U8 */
  };

  at::Tensor free_room(int64_t bytes) const { return memory_.narrow(0, used_, bytes); }

  at::Tensor memory_; /* [bytes] U8 */
  int64_t used_ = 0;
  std::map<int32_t, Record> records_;
};

}  // namespace fmk
