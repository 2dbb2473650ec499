#include "core/host_allocator.h"

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <c10/util/Exception.h>

#include <bit>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <vector>

#include "core/error.h"

namespace fmk::host_allocator {
namespace {

constexpr size_t kAlignment = 64;
/* A block is preceded by one line that holds its size. */
constexpr size_t kHeader = kAlignment;
/* Below this the C library is as fast, and caching would only hold fragments. */
constexpr size_t kSmallest = size_t{64} << 10;
constexpr size_t kCacheLimit = size_t{512} << 20;

/* Rounds up to an eighth of a power of two: at most 12.5 % more, and few enough classes that blocks are found again. */
size_t size_class(size_t bytes) {
  if (bytes < kSmallest) return bytes;
  const size_t step = std::bit_floor(bytes) / 8;
  return (bytes + step - 1) / step * step;
}

class State {
 public:
  static State& get() {
    static State* state = new State;  // never destroyed: tensors may outlive static destruction
    return *state;
  }

  void* allocate(size_t bytes) {
    const size_t size = size_class(bytes);
    {
      std::lock_guard lock(mutex_);
      if (limit_ != 0 && used_ + size > limit_) refuse(bytes);
      if (auto found = cache_.find(size); found != cache_.end() && !found->second.empty()) {
        void* block = found->second.back();
        found->second.pop_back();
        cached_ -= size;
        count(size);
        return block;
      }
    }
    void* base = nullptr;
    if (size > SIZE_MAX - kHeader || posix_memalign(&base, kAlignment, size + kHeader) != 0) {
      release();
      if (size > SIZE_MAX - kHeader || posix_memalign(&base, kAlignment, size + kHeader) != 0) refuse(bytes);
    }
    std::memcpy(base, &size, sizeof size);
    std::lock_guard lock(mutex_);
    count(size);
    return static_cast<char*>(base) + kHeader;
  }

  void deallocate(void* block) noexcept {
    size_t size = 0;
    void* base = static_cast<char*>(block) - kHeader;
    std::memcpy(&size, base, sizeof size);
    {
      std::lock_guard lock(mutex_);
      used_ -= size;
      if (size >= kSmallest && cached_ + size <= kCacheLimit) {
        try {
          cache_[size].push_back(block);
          cached_ += size;
          return;
        } catch (const std::bad_alloc&) {
          // no room to remember the block: free it
        }
      }
    }
    std::free(base);
  }

  void release() noexcept {
    std::lock_guard lock(mutex_);
    for (auto& [size, blocks] : cache_) {
      for (void* block : blocks) std::free(static_cast<char*>(block) - kHeader);
    }
    cache_.clear();
    cached_ = 0;
  }

  Usage usage() {
    std::lock_guard lock(mutex_);
    return {used_, peak_, cached_};
  }

  void reset_peak() {
    std::lock_guard lock(mutex_);
    peak_ = used_;
  }

  void set_limit(uint64_t bytes) {
    std::lock_guard lock(mutex_);
    limit_ = bytes;
  }

 private:
  void count(size_t size) {
    used_ += size;
    if (used_ > peak_) peak_ = used_;
  }

  [[noreturn]] void refuse(size_t bytes) const {
    C10_THROW_ERROR(OutOfMemoryError, text("cannot allocate ", bytes, " bytes for a tensor: ", used_, " bytes are in use",
                                           limit_ != 0 ? text(", the limit is ", limit_) : std::string()));
  }

  std::mutex mutex_;
  std::map<size_t, std::vector<void*>> cache_;
  uint64_t used_ = 0;
  uint64_t peak_ = 0;
  uint64_t cached_ = 0;
  uint64_t limit_ = 0;
};

void deallocate(void* block) {
  if (block != nullptr) State::get().deallocate(block);
}

class TensorAllocator final : public c10::Allocator {
 public:
  c10::DataPtr allocate(size_t bytes) override {
    void* block = bytes == 0 ? nullptr : State::get().allocate(bytes);
    return {block, block, &deallocate, c10::Device(c10::DeviceType::CPU)};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &deallocate; }
  void copy_data(void* destination, const void* source, std::size_t bytes) const override { std::memcpy(destination, source, bytes); }
};

}  // namespace

void install() {
  static std::once_flag once;
  std::call_once(once, [] {
    /* libtorch keeps the allocator that was set with the highest priority. */
    constexpr uint8_t kPriority = 100;
    c10::SetCPUAllocator(new TensorAllocator, kPriority);
  });
}

Usage usage() { return State::get().usage(); }
void reset_peak() { State::get().reset_peak(); }
void set_limit(uint64_t bytes) { State::get().set_limit(bytes); }
void release_cache() { State::get().release(); }

}  // namespace fmk::host_allocator
