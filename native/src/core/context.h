#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/DeviceGuard.h>
#include <c10/core/InferenceMode.h>
#include <fmk/fmk.h>

#include <utility>

#include "core/handle.h"
#include "ops/attention_route.h"

struct fmk_context : fmk::Counted {
  c10::Device device{c10::DeviceType::CPU};
  int threads = 0;
  fmk::AttentionRoute attention;
};

struct fmk_tensor : fmk::Counted {
  fmk_tensor(fmk_context& owner, at::Tensor tensor) : context(owner), value(std::move(tensor)) {}
  fmk_context& context;
  at::Tensor value;
};

namespace fmk {

/* State of one call: no autograd, the context's device, the context's number of threads. */
class CallScope {
 public:
  explicit CallScope(const fmk_context& context);

 private:
  c10::InferenceMode inference_;
  c10::DeviceGuard device_;
};

}  // namespace fmk
