#include <ATen/ATen.h>

#include <cmath>

#include "support/c_api.h"

namespace fmk::test {
namespace {

constexpr int32_t kEmbedding = 7;

fmk_clip_vision_config_t small_vision_config() {
  fmk_clip_vision_config_t config;
  EXPECT_FMK_OK(fmk_clip_vision_config_init(&config, sizeof config));
  config.hidden_size = 8;
  config.intermediate_size = 16;
  config.num_hidden_layers = 2;
  config.num_attention_heads = 2;
  config.image_size = 10;
  config.patch_size = 4; /* a rest of 2 is cut off: 2 x 2 patches */
  config.hidden_act = FMK_ACTIVATION_QUICK_GELU;
  return config;
}

/* Random weights and the model made of them. */
struct SmallClip {
  explicit SmallClip(fmk_context_t* context, int32_t eos_token_id = 2) : weights(context) {
    fmk_text_encoder_config_t text = small_text_config(1);
    text.eos_token_id = eos_token_id;
    const fmk_clip_vision_config_t vision = small_vision_config();
    fmk_clip_t* handle = nullptr;
    weights.fill([&] { return fmk_clip_create(context, weights.get(), &text, &vision, kEmbedding, FMK_DTYPE_F32, &handle); });
    clip.reset(handle);
  }

  at::Tensor text_embeds(const at::Tensor& ids) {
    const fmk_tensor_desc_t desc = desc_of(ids);
    fmk_tensor_t* out = nullptr;
    EXPECT_FMK_OK(fmk_clip_text_embeds(clip.get(), &desc, nullptr, &out));
    return download(Tensor(out).get());
  }

  RandomWeights weights;
  Clip clip;
};

void expect_unit_length(const at::Tensor& embeds, int64_t count) {
  EXPECT_EQ(embeds.sizes(), at::IntArrayRef({count, kEmbedding}));
  EXPECT_TRUE(at::allclose(embeds.pow(2).sum(1), at::ones({count}), 1e-5, 1e-5)) << embeds;
}

TEST(ClipHandle, EmbedsImagesInSlices) {
  const int64_t before = fmk_live_handle_count();
  {
    const Context context = make_context();
    SmallClip small(context.get());
    const Tensor pixels = upload(context.get(), at::randn({5, 3, 10, 10}));
    std::vector<at::Tensor> results;
    for (int32_t slice : {0, 2, 9}) {
      fmk_tensor_t* out = nullptr;
      ASSERT_FMK_OK(fmk_clip_image_embeds(small.clip.get(), pixels.get(), slice, nullptr, &out));
      results.push_back(download(Tensor(out).get()));
      expect_unit_length(results.back(), 5);
      EXPECT_TRUE(at::allclose(results.back(), results.front(), 1e-4, 1e-5));
    }
    EXPECT_FALSE(at::allclose(results[0][0], results[0][1], 1e-2, 1e-2)) << "images make no difference";

    fmk_tensor_t* out = nullptr;
    EXPECT_FMK_ERROR(fmk_clip_image_embeds(small.clip.get(), pixels.get(), -1, nullptr, &out), FMK_STATUS_INVALID_ARGUMENT,
                     "slice_images is -1");
    const Tensor wide = upload(context.get(), at::zeros({1, 3, 10, 12}));
    EXPECT_FMK_ERROR(fmk_clip_image_embeds(small.clip.get(), wide.get(), 0, nullptr, &out), FMK_STATUS_INVALID_ARGUMENT,
                     "expected [B,3,10,10]");
    EXPECT_FMK_ERROR(fmk_clip_image_embeds(nullptr, pixels.get(), 0, nullptr, &out), FMK_STATUS_INVALID_HANDLE, "clip is NULL");
    EXPECT_EQ(out, nullptr);
  }
  EXPECT_EQ(fmk_live_handle_count(), before);
}

TEST(ClipHandle, PatchesBeyondTheGridDoNotCount) {
  const Context context = make_context();
  SmallClip small(context.get());
  const at::Tensor image = at::randn({1, 3, 10, 10});
  at::Tensor other = image.clone();
  other.narrow(3, 8, 2).fill_(5);
  std::vector<at::Tensor> results;
  for (const at::Tensor& pixels : {image, other}) {
    const Tensor uploaded = upload(context.get(), pixels);
    fmk_tensor_t* out = nullptr;
    ASSERT_FMK_OK(fmk_clip_image_embeds(small.clip.get(), uploaded.get(), 0, nullptr, &out));
    results.push_back(download(Tensor(out).get()));
  }
  EXPECT_TRUE(at::equal(results[0], results[1]));
}

TEST(ClipHandle, PoolsTextsAtTheirEnd) {
  const Context context = make_context();
  /* The tower is causal, so what follows the end token makes no difference. */
  const at::Tensor short_ids = at::tensor({1, 5, 18}, at::kLong).view({1, 3});
  {
    SmallClip legacy(context.get(), 2); /* the largest id */
    const at::Tensor end = legacy.text_embeds(short_ids);
    expect_unit_length(end, 1);
    EXPECT_TRUE(at::allclose(legacy.text_embeds(at::tensor({1, 5, 18, 7, 2}, at::kLong).view({1, 5})), end, 1e-4, 1e-5));
    EXPECT_FALSE(at::allclose(legacy.text_embeds(at::tensor({1, 5, 18, 19}, at::kLong).view({1, 4})), end, 1e-3, 1e-3));
  }
  {
    SmallClip modern(context.get(), 18); /* the first 18 */
    const at::Tensor end = modern.text_embeds(short_ids);
    EXPECT_TRUE(at::allclose(modern.text_embeds(at::tensor({1, 5, 18, 19, 18}, at::kLong).view({1, 5})), end, 1e-4, 1e-5));
    EXPECT_FALSE(at::allclose(modern.text_embeds(at::tensor({1, 5, 19, 18}, at::kLong).view({1, 4})), end, 1e-3, 1e-3));

    const at::Tensor outside = at::full({1, 2}, 20, at::kLong);
    const fmk_tensor_desc_t desc = desc_of(outside);
    fmk_tensor_t* out = nullptr;
    EXPECT_FMK_ERROR(fmk_clip_text_embeds(modern.clip.get(), &desc, nullptr, &out), FMK_STATUS_INVALID_ARGUMENT, "token id 20");
  }
}

TEST(ClipHandle, LogitScaleIsTheExponential) {
  const Context context = make_context();
  RandomWeights weights(context.get());
  const fmk_text_encoder_config_t text = small_text_config(0);
  fmk_clip_vision_config_t vision = small_vision_config();
  vision.num_hidden_layers = 0;
  const at::Tensor stored = at::scalar_tensor(2.5);
  const fmk_tensor_desc_t desc = desc_of(stored);
  ASSERT_FMK_OK(fmk_weights_add(weights.get(), "logit_scale", &desc));
  fmk_clip_t* handle = nullptr;
  /* In bf16 as well: 2.5 is exact, its exponential is not. */
  weights.fill([&] { return fmk_clip_create(context.get(), weights.get(), &text, &vision, kEmbedding, FMK_DTYPE_BF16, &handle); });
  const Clip clip(handle);
  float scale = 0;
  ASSERT_FMK_OK(fmk_clip_logit_scale(handle, &scale));
  EXPECT_FLOAT_EQ(scale, std::exp(2.5F));
  EXPECT_FMK_ERROR(fmk_clip_logit_scale(handle, nullptr), FMK_STATUS_INVALID_ARGUMENT, "scale is NULL");
}

TEST(ClipHandle, RefusesConfigurationsThatCannotBe) {
  const Context context = make_context();
  RandomWeights weights(context.get());
  const fmk_text_encoder_config_t text = small_text_config(1);
  const auto create = [&](const fmk_clip_vision_config_t& vision, int32_t dim) {
    fmk_clip_t* handle = nullptr;
    const int32_t status = fmk_clip_create(context.get(), weights.get(), &text, &vision, dim, FMK_DTYPE_F32, &handle);
    EXPECT_EQ(handle, nullptr);
    return status;
  };
  EXPECT_FMK_ERROR(create(small_vision_config(), 0), FMK_STATUS_INVALID_ARGUMENT, "projection_dim is 0");
  fmk_clip_vision_config_t vision = small_vision_config();
  vision.patch_size = 11;
  EXPECT_FMK_ERROR(create(vision, 4), FMK_STATUS_INVALID_ARGUMENT, "patch_size is 11");
  vision = small_vision_config();
  vision.num_attention_heads = 3;
  EXPECT_FMK_ERROR(create(vision, 4), FMK_STATUS_INVALID_ARGUMENT, "does not divide into 3 heads");
  vision.struct_size = 4;
  EXPECT_FMK_ERROR(create(vision, 4), FMK_STATUS_INVALID_ARGUMENT, "vision.struct_size is 4");
}

}  // namespace
}  // namespace fmk::test
