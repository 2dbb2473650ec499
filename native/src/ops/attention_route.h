#pragma once

#include <fmk/fmk.h>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>

namespace fmk {

/* The path that the environment asks for: FREEMASK_ATTENTION, one of auto, reference, fused; unset or empty means auto. */
int32_t attention_path_from_environment();

/*
 * Which way a context's attention goes, and how often each went. An operation has a definition (masked_attention_reference.h) and a fused
 * kernel; whether the kernel can take a call is told by named predicates (attention_checks.h).
 */
class AttentionRoute {
 public:
  struct Runs {
    int64_t calls = 0;
    std::string reason; /* why the kernel was not used the last time; "" when it was */
  };
  /* By operation and kernel, such as ("masked_self_attention", "avx512") or, on a GPU, ("temporal_attention", "sm_90"). */
  using Counts = std::map<std::pair<std::string, std::string>, Runs>;

  /* path: enum fmk_attention_path; AUTO takes the kernel where it can and pays, the others take one path or fail. */
  explicit AttentionRoute(int32_t path = FMK_ATTENTION_PATH_AUTO) : path_(path) {}

  /*
   * Runs one of two and counts it. kernel: the name the fused way is counted under; refusal: why the kernel cannot take this call, "" when
   * it can; drawback: why it would be the slower way, "" when it is not. Fails with UNSUPPORTED when the path is FUSED and the kernel
   * refuses.
   */
  void run(const char* operation, const std::string& kernel, const std::string& refusal, const std::string& drawback,
           const std::function<void()>& fused, const std::function<void()>& reference);

  const Counts& counts() const { return counts_; }

  /* The calls since the counts were `before`, and more such calls: a recorded step makes them again without coming here. */
  Counts since(const Counts& before) const;
  void add(const Counts& more);

 private:
  int32_t path_;
  Counts counts_;
};

}  // namespace fmk
