#include <ATen/core/ivalue.h>
#include <caffe2/serialize/inline_container.h>
#include <torch/csrc/jit/serialization/unpickler.h>

#include <algorithm>
#include <cstring>
#include <fstream>

#include "core/error.h"
#include "io/state_dict_pickle.h"
#include "io/weights.h"

namespace fmk {
namespace {

/* libtorch's unpickler makes tensors and containers and calls nothing of the file's. */
c10::IValue unpickle(caffe2::serialize::PyTorchStreamReader& archive) {
  const auto [data, size] = archive.getRecord("data.pkl");
  const std::string pickle = plain_state_dict_pickle({static_cast<const char*>(data.get()), size});
  size_t at = 0;
  const auto read = [&](char* buffer, size_t bytes) {
    const size_t count = std::min(bytes, pickle.size() - at);
    std::memcpy(buffer, pickle.data() + at, count);
    at += count;
    return count;
  };
  const auto read_record = [&](const std::string& name) { return std::get<0>(archive.getRecord("data/" + name)); };
  torch::jit::Unpickler unpickler(read, nullptr, nullptr, read_record, at::Device(at::kCPU));
  const c10::IValue root = unpickler.parse_ivalue();
  /* A state dict and its _metadata. */
  return root.isTuple() && root.toTupleRef().size() == 2 ? root.toTupleRef().elements()[0] : root;
}

}  // namespace

void add_pickle(fmk_weights& weights, const std::string& path) {
  if (!std::ifstream(path, std::ios::binary)) fail(FMK_STATUS_IO, text(path, " cannot be opened for reading"));
  c10::IValue root;
  try {
    caffe2::serialize::PyTorchStreamReader archive(path);
    root = unpickle(archive);
  } catch (const Error& error) {
    fail(FMK_STATUS_IO, text(path, " is not a PyTorch state dict: ", error.what()));
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
