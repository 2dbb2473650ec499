#pragma once

#include <ATen/core/Tensor.h>
#include <fmk/fmk.h>

#include <functional>
#include <string>

namespace fmk {

/* The caller's callbacks during one call: cancellation between blocks, and intermediate values. */
class Trace {
 public:
  explicit Trace(const fmk_callbacks_t* callbacks);

  /* Fails with CANCELLED when the caller asks for it. */
  void tick() const;

  bool probing() const { return callbacks_ != nullptr && callbacks_->probe != nullptr; }
  bool probing_attention() const { return probing() && callbacks_->probe_attention != 0; }

  /* Hands a value to the caller; does nothing, and computes nothing, without a probe. */
  void probe(const std::string& name, const at::Tensor& value) const;
  void probe(const std::string& name, const std::function<at::Tensor()>& value) const;

 private:
  const fmk_callbacks_t* callbacks_;
};

}  // namespace fmk
