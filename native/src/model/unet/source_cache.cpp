#include "model/unet/source_cache.h"

#include <ATen/ops/empty.h>

#include "core/error.h"
#include "io/scratch_file.h"

#ifdef FMK_WITH_CUDA
#include "model/unet/source_cache_cuda.h"
#endif

namespace fmk {

namespace {

/* In memory of a device whose forward passes are recorded: a record is put where all are put, and moved. */
class DeviceSourceCache : public SourceCache {
 public:
  explicit DeviceSourceCache(at::Tensor memory) : SourceCache(memory), options_(memory.options()) {}

  at::Tensor block(int64_t bytes) const override { return at::empty({bytes}, options_); }

 protected:
  void store(const at::Tensor& block, const at::Tensor& kept) override { kept.copy_(block); }

 private:
  at::TensorOptions options_;
};

}  // namespace

std::unique_ptr<SourceCache> SourceCache::create(int64_t bytes, int32_t place, const std::string& directory, c10::Device device) {
  const auto room = [&] { return at::empty({bytes}, at::TensorOptions(at::kByte).device(device)); };
  if (device.is_cuda() && place == FMK_CACHE_DEVICE) return std::make_unique<DeviceSourceCache>(room());
#ifdef FMK_WITH_CUDA
  if (device.is_cuda()) return cuda::make_source_cache(bytes, directory, device);
#endif
  return std::unique_ptr<SourceCache>(new SourceCache(place == FMK_CACHE_FILE ? scratch_file(directory, bytes) : room()));
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
  const at::Tensor kept = free_room(layout.bytes());
  store(block, kept);
  records_.emplace(record, Record{layout, kept});
  used_ += layout.bytes();
}

const SourceLayout& SourceCache::layout(int32_t record) const {
  const auto found = records_.find(record);
  FMK_REQUIRE(found != records_.end(), "the source cache has no record ", record);
  return found->second.layout;
}

at::Tensor SourceCache::take(int32_t record) { return load(records_.at(record).kept); }

}  // namespace fmk
