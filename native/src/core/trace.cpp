#include "core/trace.h"

#include "core/error.h"
#include "core/tensor_desc.h"

namespace fmk {

Trace::Trace(const fmk_callbacks_t* callbacks) : callbacks_(callbacks) {
  if (callbacks_ != nullptr) structure(callbacks_, "callbacks");
}

void Trace::tick() const {
  if (callbacks_ != nullptr && callbacks_->tick != nullptr && callbacks_->tick(callbacks_->user_data) != 0) {
    fail(FMK_STATUS_CANCELLED, "cancelled by the caller");
  }
}

void Trace::probe(const std::string& name, const at::Tensor& value) const {
  if (!probing()) return;
  /* A copy even where the value is contiguous f32 already: later layers work in place. */
  const at::Tensor host = value.to(at::kCPU, at::kFloat, false, true).contiguous();
  const fmk_tensor_desc_t desc = describe(host);
  if (callbacks_->probe(callbacks_->user_data, name.c_str(), &desc) != 0) fail(FMK_STATUS_CANCELLED, "cancelled by the caller's probe");
}

void Trace::probe(const std::string& name, const std::function<at::Tensor()>& value) const {
  if (probing()) probe(name, value());
}

}  // namespace fmk
