#pragma once

#include <ATen/core/Tensor.h>
#include <fmk/fmk.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

/* Owning wrappers and small models for tests that speak through the C interface. */
namespace fmk::test {

template <auto Destroy>
struct Destroyer {
  template <class T>
  void operator()(T* handle) const {
    Destroy(handle);
  }
};

using Context = std::unique_ptr<fmk_context_t, Destroyer<fmk_context_destroy>>;
using Tensor = std::unique_ptr<fmk_tensor_t, Destroyer<fmk_tensor_destroy>>;
using Weights = std::unique_ptr<fmk_weights_t, Destroyer<fmk_weights_destroy>>;
using TextEncoder = std::unique_ptr<fmk_text_encoder_t, Destroyer<fmk_text_encoder_destroy>>;
using Clip = std::unique_ptr<fmk_clip_t, Destroyer<fmk_clip_destroy>>;
using Vae = std::unique_ptr<fmk_vae_t, Destroyer<fmk_vae_destroy>>;
using SourceCache = std::unique_ptr<fmk_source_cache_t, Destroyer<fmk_source_cache_destroy>>;
using UNet = std::unique_ptr<fmk_unet_t, Destroyer<fmk_unet_destroy>>;

/* Expects the status OK and shows the message otherwise. */
#define EXPECT_FMK_OK(call) EXPECT_EQ((call), FMK_STATUS_OK) << fmk_last_error_message()
#define ASSERT_FMK_OK(call) ASSERT_EQ((call), FMK_STATUS_OK) << fmk_last_error_message()

/* Expects a status and a part of the message. */
#define EXPECT_FMK_ERROR(call, status, part)                                                                    \
  do {                                                                                                          \
    EXPECT_EQ((call), (status)) << fmk_last_error_message();                                                    \
    EXPECT_NE(std::string(fmk_last_error_message()).find(part), std::string::npos) << fmk_last_error_message(); \
  } while (false)

/* On the CPU. memory_limit in bytes, 0 = none. */
Context make_context(uint64_t memory_limit = 0);

/* A descriptor of a contiguous CPU tensor, which must outlive it. */
fmk_tensor_desc_t desc_of(const at::Tensor& tensor);

/* Copies a tensor into the context as f32. */
Tensor upload(fmk_context_t* context, const at::Tensor& tensor);

/* Reads a tensor back as f32. */
at::Tensor download(const fmk_tensor_t* tensor);

/*
 * Seeded random weights for whatever a create function asks for: it is called again and again, and each time it names a missing tensor
 * and its shape, that tensor is added.
 */
class RandomWeights {
 public:
  /* deviation: of what is around 0 */
  explicit RandomWeights(fmk_context_t* context, double deviation = 0.2);
  fmk_weights_t* get() const { return weights_.get(); }
  /* Adds one tensor, small around 0 or, for norms, around 1. */
  void add(const std::string& name, at::IntArrayRef sizes);

  const std::vector<std::pair<std::string, std::vector<int64_t>>>& added() const { return added_; }

  template <class Create>
  void fill(Create create) {
    while (create() != FMK_STATUS_OK) {
      const std::string message = fmk_last_error_message();
      if (!add_missing(message)) {
        ADD_FAILURE() << message;
        return;
      }
    }
  }

 private:
  bool add_missing(const std::string& message);

  double deviation_;
  Weights weights_;
  std::vector<at::Tensor> storage_; /* fmk_weights_add borrows */
  std::vector<std::pair<std::string, std::vector<int64_t>>> added_;
};

/* A text tower of width 12 with the given number of layers and 20 tokens. */
fmk_text_encoder_config_t small_text_config(int32_t layers);

/* Two levels of two and four heads, attention at the first level and in the middle. */
fmk_unet_config_t small_unet_config(int32_t head_dim = 8);
constexpr int64_t kTextChannels = 12;

struct SmallUNet {
  explicit SmallUNet(fmk_context_t* context, int32_t dtype = FMK_DTYPE_F32, int32_t head_dim = 8);
  RandomWeights weights;
  UNet unet;
};

}  // namespace fmk::test
