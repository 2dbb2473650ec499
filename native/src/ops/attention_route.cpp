#include "ops/attention_route.h"

#include <cstdlib>
#include <string_view>

#include "core/error.h"

namespace fmk {

int32_t attention_path_from_environment() {
  const char* value = std::getenv("FREEMASK_ATTENTION");
  const std::string_view path = value == nullptr ? "" : value;
  if (path.empty() || path == "auto") return FMK_ATTENTION_PATH_AUTO;
  if (path == "reference") return FMK_ATTENTION_PATH_REFERENCE;
  if (path == "fused") return FMK_ATTENTION_PATH_FUSED;
  fail(FMK_STATUS_INVALID_ARGUMENT, text("FREEMASK_ATTENTION is ", path, ", expected auto, reference or fused"));
}

void AttentionRoute::run(const char* operation, const std::string& kernel, const std::string& refusal, const std::string& drawback,
                         const std::function<void()>& fused, const std::function<void()>& reference) {
  if (path_ == FMK_ATTENTION_PATH_FUSED && !refusal.empty()) {
    fail(FMK_STATUS_UNSUPPORTED, text("attention fused: ", operation, " has no kernel for this call: ", refusal));
  }
  std::string reason;
  if (path_ == FMK_ATTENTION_PATH_REFERENCE) {
    reason = "attention reference was asked for";
  } else if (!refusal.empty()) {
    reason = refusal;
  } else if (path_ == FMK_ATTENTION_PATH_AUTO) {
    reason = drawback;
  }
  (reason.empty() ? fused : reference)();
  Runs& runs = counts_[{operation, reason.empty() ? kernel : "reference"}];
  ++runs.calls;
  runs.reason = reason;
}

AttentionRoute::Counts AttentionRoute::since(const Counts& before) const {
  Counts result;
  for (const auto& [name, runs] : counts_) {
    const auto found = before.find(name);
    const int64_t calls = runs.calls - (found == before.end() ? 0 : found->second.calls);
    if (calls > 0) result[name] = {calls, runs.reason};
  }
  return result;
}

void AttentionRoute::add(const Counts& more) {
  for (const auto& [name, runs] : more) {
    counts_[name].calls += runs.calls;
    counts_[name].reason = runs.reason;
  }
}

}  // namespace fmk
