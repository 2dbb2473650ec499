#include "model/unet/source_cache.h"

#include <ATen/ops/empty.h>

#include "core/error.h"
#include "io/scratch_file.h"

#ifdef FMK_WITH_CUDA
#include "model/unet/source_cache_cuda.h"
#endif

namespace fmk {

std::unique_ptr<SourceCache> SourceCache::create(int64_t bytes, const std::string& directory, [[maybe_unused]] c10::Device device) {
#ifdef FMK_WITH_CUDA
  if (device.is_cuda()) return cuda::make_source_cache(bytes, directory, device);
#endif
  at::Tensor memory = directory.empty() ? at::empty({bytes}, at::TensorOptions(at::kByte)) : scratch_file(directory, bytes);
  return std::unique_ptr<SourceCache>(new SourceCache(std::move(memory)));
}

void SourceCache::require_room(int32_t record, const SourceLayout& layout) const {
  FMK_REQUIRE(!records_.contains(record), "the source cache has a record ", record, " already");
  const int64_t left = memory_.numel() - used_;
  if (layout.bytes() > left) {
    fail(FMK_STATUS_OUT_OF_MEMORY, text("record ", record, " takes ", layout.bytes(), " bytes of the source cache, which has ", left,
                                        " of ", memory_.numel(), " left"));
  }
}

void SourceCache::keep(int32_t record, const SourceLayout& layout, const at::Tensor& block) {
  const at::Tensor host = free_room(layout.bytes());
  store(block, host);
  records_.emplace(record, Record{layout, host});
  used_ += layout.bytes();
}

const SourceLayout& SourceCache::layout(int32_t record) const {
  const auto found = records_.find(record);
  FMK_REQUIRE(found != records_.end(), "the source cache has no record ", record);
  return found->second.layout;
}

at::Tensor SourceCache::take(int32_t record) { return load(records_.at(record).host); }

}  // namespace fmk
