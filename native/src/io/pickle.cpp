#include <ATen/core/ivalue.h>
#include <caffe2/serialize/inline_container.h>
#include <torch/csrc/jit/serialization/import_read.h>

#include <fstream>

#include "core/error.h"
#include "io/weights.h"

namespace fmk {

void add_pickle(fmk_weights& weights, const std::string& path) {
  if (!std::ifstream(path, std::ios::binary)) fail(FMK_STATUS_IO, text(path, " cannot be opened for reading"));
  c10::IValue root;
  try {
    /* The archive's tensors are read one by one; the pickle machine of libtorch makes tensors and containers and calls nothing. */
    caffe2::serialize::PyTorchStreamReader reader(path);
    root = torch::jit::readArchiveAndTensors("data", "", "", std::nullopt, std::nullopt, at::Device(at::kCPU), reader);
  } catch (const c10::OutOfMemoryError&) {
    throw;
  } catch (const c10::Error& error) {
    const std::string reason = error.what_without_backtrace();
    fail(FMK_STATUS_IO, text(path, " is not a PyTorch zip state dict: ", reason));
  }
  if (!root.isGenericDict()) fail(FMK_STATUS_IO, text(path, " holds a ", root.tagKind(), ", expected a dictionary of tensors"));
  for (const auto& entry : root.toGenericDict()) {
    if (!entry.key().isString() || !entry.value().isTensor()) {
      fail(FMK_STATUS_IO,
           text(path, " holds a ", entry.key().tagKind(), " -> ", entry.value().tagKind(), " entry, expected a name and a tensor"));
    }
    add_weight(weights, entry.key().toStringRef(), entry.value().toTensor().contiguous());
  }
}

}  // namespace fmk
