#pragma once

#include <atomic>
#include <cstdint>

namespace fmk {

/* Base of every handle type: counts the ones alive, so that a leak shows. */
class Counted {
 public:
  Counted() noexcept { count().fetch_add(1, std::memory_order_relaxed); }
  ~Counted() { count().fetch_sub(1, std::memory_order_relaxed); }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

  static int64_t alive() noexcept { return count().load(std::memory_order_relaxed); }

 private:
  static std::atomic<int64_t>& count() noexcept {
    static std::atomic<int64_t> handles{0};
    return handles;
  }
};

}  // namespace fmk
