#include <ATen/TensorOperators.h>
#include <ATen/ops/add.h>
#include <ATen/ops/mul.h>
#include <ATen/ops/sub.h>

#include "core/context.h"
#include "core/dtype.h"
#include "core/error.h"
#include "core/tensor_desc.h"

namespace {

/* Operands of one operation: of one context, f32. */
at::Tensor operand(const fmk_tensor_t* tensor, const char* name, const fmk_context& context) {
  const fmk_tensor& t = fmk::handle(tensor, name);
  if (&t.context != &context) fmk::fail(FMK_STATUS_INVALID_HANDLE, fmk::text(name, " belongs to another context"));
  FMK_REQUIRE(t.value.is_floating_point(), name, " is ", c10::toString(t.value.scalar_type()), ", expected a floating-point tensor");
  return t.value.to(at::kFloat);
}

}  // namespace

extern "C" {

int32_t fmk_tensor_desc_init(fmk_tensor_desc_t* desc, uint32_t struct_size) {
  return fmk::guard([&] { fmk::init(desc, struct_size); });
}

int32_t fmk_tensor_create(fmk_context_t* context, const fmk_tensor_desc_t* host, int32_t dtype, fmk_tensor_t** out_new) {
  return fmk::guard([&] {
    fmk::argument(out_new, "out_new") = nullptr;
    fmk_context& c = fmk::handle(context, "context");
    fmk::CallScope scope(c);
    const at::Tensor view = fmk::host_view(host, "host");
    *out_new = new fmk_tensor(c, view.to(c.device, fmk::scalar_type(dtype), false, true));
  });
}

void fmk_tensor_destroy(fmk_tensor_t* tensor) { delete tensor; }

int32_t fmk_tensor_describe(const fmk_tensor_t* tensor, fmk_tensor_desc_t* desc) {
  return fmk::guard([&] {
    const fmk_tensor& t = fmk::handle(tensor, "tensor");
    fmk::structure(desc, "desc") = fmk::describe(t.value);
  });
}

int32_t fmk_tensor_read(const fmk_tensor_t* tensor, const fmk_tensor_desc_t* host) {
  return fmk::guard([&] {
    const fmk_tensor& t = fmk::handle(tensor, "tensor");
    fmk::CallScope scope(t.context);
    at::Tensor view = fmk::host_view(host, "host");
    FMK_REQUIRE(view.sizes() == t.value.sizes(), "host has the shape ", view.sizes(), ", the tensor ", t.value.sizes());
    view.copy_(t.value);
  });
}

int32_t fmk_tensor_combine(float a, const fmk_tensor_t* x, float b, const fmk_tensor_t* y, fmk_tensor_t** out_new) {
  return fmk::guard([&] {
    fmk::argument(out_new, "out_new") = nullptr;
    fmk_context& c = fmk::handle(x, "x").context;
    fmk::CallScope scope(c);
    at::Tensor result = at::mul(operand(x, "x", c), a);
    if (y != nullptr) {
      const at::Tensor other = operand(y, "y", c);
      FMK_REQUIRE(other.sizes() == result.sizes(), "y has the shape ", other.sizes(), ", x ", result.sizes());
      result.add_(other, b);
    }
    *out_new = new fmk_tensor(c, result);
  });
}

int32_t fmk_tensor_blend(const fmk_tensor_t* base, const fmk_tensor_t* top, const fmk_tensor_t* mask, fmk_tensor_t** out_new) {
  return fmk::guard([&] {
    fmk::argument(out_new, "out_new") = nullptr;
    fmk_context& c = fmk::handle(base, "base").context;
    fmk::CallScope scope(c);
    const at::Tensor low = operand(base, "base", c);
    const at::Tensor high = operand(top, "top", c);
    const at::Tensor m = operand(mask, "mask", c);
    FMK_REQUIRE(low.sizes() == high.sizes(), "top has the shape ", high.sizes(), ", base ", low.sizes());
    FMK_REQUIRE(m.dim() == 3 && low.dim() >= 3 && m.sizes() == low.sizes().slice(low.dim() - 3), "mask has the shape ", m.sizes(),
                ", expected the last three sizes of ", low.sizes());
    *out_new = new fmk_tensor(c, low + m * (high - low));
  });
}

}  // extern "C"
