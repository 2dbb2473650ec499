#include "io/weights.h"

#include "core/error.h"

namespace fmk {

void add_weight(fmk_weights& weights, const std::string& name, at::Tensor tensor) {
  FMK_REQUIRE(!name.empty(), "a tensor has an empty name");
  const c10::ScalarType type = tensor.scalar_type();
  FMK_REQUIRE(type == at::kFloat || type == at::kHalf || type == at::kBFloat16 || type == at::kLong, "tensor '", name, "' is ",
              c10::toString(type), ", expected f32, f16 or bf16");
  FMK_REQUIRE(weights.tensors.emplace(name, std::move(tensor)).second, "tensor '", name, "' is there twice");
}

WeightReader::WeightReader(Tensors tensors, std::string model, c10::ScalarType type, c10::Device device)
    : tensors_(std::move(tensors)), model_(std::move(model)), type_(type), device_(device) {}

const at::Tensor& WeightReader::find(const std::string& name, at::IntArrayRef sizes) {
  const auto found = tensors_.find(name);
  FMK_REQUIRE(found != tensors_.end(), "the ", model_, " weights lack the tensor '", name, "' of shape ", sizes);
  const at::Tensor& tensor = found->second;
  FMK_REQUIRE(tensor.sizes() == sizes, "tensor '", name, "' of the ", model_, " has the shape ", tensor.sizes(), ", expected ", sizes);
  FMK_REQUIRE(tensor.is_floating_point(), "tensor '", name, "' of the ", model_, " is ", c10::toString(tensor.scalar_type()),
              ", expected f32, f16 or bf16");
  taken_.insert(name);
  return tensor;
}

at::Tensor WeightReader::take(const std::string& name, at::IntArrayRef sizes) { return find(name, sizes).to(device_, type_); }

at::Tensor WeightReader::take_f32(const std::string& name, at::IntArrayRef sizes) { return find(name, sizes).to(at::kCPU, at::kFloat); }

void WeightReader::finish() const {
  constexpr size_t kNamed = 5;
  std::vector<std::string> extra;
  size_t count = 0;
  for (const auto& [name, tensor] : tensors_) {
    if (taken_.contains(name)) continue;
    if (++count <= kNamed) extra.push_back(text("'", name, "' ", tensor.sizes()));
  }
  if (count == 0) return;
  std::string list;
  for (const std::string& name : extra) list += (list.empty() ? "" : ", ") + name;
  if (count > kNamed) list += text(" and ", count - kNamed, " more");
  fail(FMK_STATUS_INVALID_ARGUMENT, text("the ", model_, " weights hold tensors that its configuration has no place for: ", list));
}

}  // namespace fmk
