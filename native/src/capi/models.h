#pragma once

#include "core/context.h"
#include "core/dtype.h"
#include "core/error.h"
#include "io/weights.h"
#include "model/clip/text_encoder.h"
#include "model/unet/unet_3d.h"
#include "model/vae/autoencoder.h"

/* The handles of the three models: a context, the compute dtype, the model. */

template <class Model>
struct fmk_model_handle : fmk::Counted {
  fmk_model_handle(fmk_context& owner, c10::ScalarType dtype, Model loaded) : context(owner), type(dtype), model(std::move(loaded)) {}
  fmk_context& context;
  c10::ScalarType type;
  Model model;
};

struct fmk_text_encoder : fmk_model_handle<fmk::TextEncoder> {
  using fmk_model_handle::fmk_model_handle;
};

struct fmk_vae : fmk_model_handle<fmk::Autoencoder> {
  using fmk_model_handle::fmk_model_handle;
};

struct fmk_unet : fmk_model_handle<fmk::UNet3d> {
  using fmk_model_handle::fmk_model_handle;
};

namespace fmk {

/* Builds a model from weights, all of which it must use. */
template <class Handle, class Model, class Config>
Handle* load_model(fmk_context& context, WeightReader::Tensors tensors, const Config& config, int32_t dtype, const char* name) {
  const c10::ScalarType type = compute_type(dtype);
  CallScope scope(context);
  WeightReader reader(std::move(tensors), name, type, context.device);
  Model model(WeightPath(reader), config);
  reader.finish();
  return new Handle(context, type, std::move(model));
}

/* A tensor argument of a model: of its context. */
inline const at::Tensor& model_input(const fmk_tensor_t* tensor, const char* name, const fmk_context& context) {
  const fmk_tensor& t = handle(tensor, name);
  if (&t.context != &context) fail(FMK_STATUS_INVALID_HANDLE, text(name, " belongs to another context"));
  return t.value;
}

inline void require_range(int64_t value, int64_t least, int64_t most, const char* name) {
  FMK_REQUIRE(value >= least && value <= most, name, " is ", value, ", expected ", least, " to ", most);
}

}  // namespace fmk
