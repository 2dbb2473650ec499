#pragma once

#include <algorithm>
#include <memory>

#include "core/context.h"
#include "core/dtype.h"
#include "core/error.h"
#include "io/weights.h"
#include "model/clip/clip.h"
#include "model/clip/text_encoder.h"
#include "model/unet/source_cache.h"
#include "model/unet/step_graphs.h"
#include "model/unet/unet_3d.h"
#include "model/vae/autoencoder.h"

/* The handles of the models: a context, the compute dtype, the model. */

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

struct fmk_clip : fmk_model_handle<fmk::Clip> {
  using fmk_model_handle::fmk_model_handle;
};

struct fmk_vae : fmk_model_handle<fmk::Autoencoder> {
  using fmk_model_handle::fmk_model_handle;
};

struct fmk_unet : fmk_model_handle<fmk::UNet3d> {
  fmk_unet(fmk_context& owner, c10::ScalarType dtype, fmk::UNet3d loaded)
      : fmk_model_handle(owner, dtype, std::move(loaded)), graphs(fmk::make_step_graphs(owner.device, owner.attention)) {}
  std::unique_ptr<fmk::StepGraphs> graphs; /* or nullptr */
};

struct fmk_source_cache : fmk::Counted {
  fmk_source_cache(fmk_context& owner, std::unique_ptr<fmk::SourceCache> made) : context(owner), records(std::move(made)) {}
  fmk_context& context;
  std::unique_ptr<fmk::SourceCache> records;
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

/* The fields that the configurations of both CLIP towers have. */
template <class Config>
void check_transformer(const Config& config) {
  constexpr int64_t kMost = 1 << 24;
  require_range(config.hidden_size, 1, kMost, "hidden_size");
  require_range(config.intermediate_size, 1, kMost, "intermediate_size");
  require_range(config.num_hidden_layers, 0, 1024, "num_hidden_layers");
  require_range(config.num_attention_heads, 1, config.hidden_size, "num_attention_heads");
  FMK_REQUIRE(config.hidden_size % config.num_attention_heads == 0, "hidden_size ", config.hidden_size, " does not divide into ",
              config.num_attention_heads, " heads");
  FMK_REQUIRE(config.hidden_act == FMK_ACTIVATION_GELU || config.hidden_act == FMK_ACTIVATION_QUICK_GELU, "hidden_act ", config.hidden_act,
              " is not an fmk_activation");
}

/* Runs f(first, count) over all images of a batch, a slice at a time; 0 stands for 1. */
template <class F>
void for_slices(int64_t images, int32_t slice, const char* name, const Trace& trace, F&& f) {
  FMK_REQUIRE(slice >= 0, name, " is ", slice, ", expected 0 or more");
  const int64_t step = std::max<int64_t>(slice, 1);
  for (int64_t first = 0; first < images; first += step) {
    trace.tick();
    f(first, std::min(step, images - first));
  }
}

}  // namespace fmk
