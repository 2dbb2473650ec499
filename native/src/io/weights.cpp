#include "io/weights.h"

#if __has_include(<sys/mman.h>)
#include <sys/mman.h>
#include <unistd.h>
#endif

#include "core/error.h"

namespace fmk {
namespace {

/* Weights lie in mapped files as a rule: once they are on the device, their pages need not stay in memory. Only advice, and harmless for
 * any other memory: a page that is needed again is read again. */
void page_out([[maybe_unused]] const at::Tensor& host) {
#ifdef MADV_PAGEOUT
  const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  const auto begin = (reinterpret_cast<uintptr_t>(host.const_data_ptr()) + page - 1) / page * page;
  const auto end = (reinterpret_cast<uintptr_t>(host.const_data_ptr()) + host.nbytes()) / page * page;
  if (begin < end) madvise(reinterpret_cast<void*>(begin), end - begin, MADV_PAGEOUT);
#endif
}

}  // namespace

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

at::Tensor WeightReader::take(const std::string& name, at::IntArrayRef sizes) {
  const at::Tensor& stored = find(name, sizes);
  const at::Tensor result = stored.to(device_, type_);
  if (!result.is_cpu()) page_out(stored);
  return result;
}

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
