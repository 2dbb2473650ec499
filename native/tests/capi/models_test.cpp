#include <ATen/ATen.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "support/c_api.h"

namespace fmk::test {
namespace {

TEST(TextEncoderHandle, ChecksItsIds) {
  const int64_t before = fmk_live_handle_count();
  {
    const Context context = make_context();
    for (int32_t layers : {0, 2}) {
      RandomWeights weights(context.get());
      const fmk_text_encoder_config_t config = small_text_config(layers);
      fmk_text_encoder_t* handle = nullptr;
      weights.fill([&] { return fmk_text_encoder_create(context.get(), weights.get(), &config, FMK_DTYPE_F32, &handle); });
      const TextEncoder encoder(handle);
      const auto run = [&](const at::Tensor& ids) {
        const fmk_tensor_desc_t desc = desc_of(ids);
        fmk_tensor_t* out = nullptr;
        const int32_t status = fmk_text_encoder_forward(handle, &desc, nullptr, &out);
        if (status == FMK_STATUS_OK) {
          const Tensor hidden(out);
          EXPECT_EQ(download(out).sizes(), at::IntArrayRef({ids.size(0), ids.size(1), 12}));
        }
        return status;
      };
      EXPECT_FMK_OK(run(at::randint(20, {2, 9}, at::kLong)));
      EXPECT_FMK_ERROR(run(at::zeros({1, 10}, at::kLong)), FMK_STATUS_INVALID_ARGUMENT, "10 tokens");
      EXPECT_FMK_ERROR(run(at::full({1, 4}, 20, at::kLong)), FMK_STATUS_INVALID_ARGUMENT, "token id 20");
      EXPECT_FMK_ERROR(run(at::full({1, 4}, -1, at::kLong)), FMK_STATUS_INVALID_ARGUMENT, "token id -1");
      EXPECT_FMK_ERROR(run(at::zeros({4}, at::kLong)), FMK_STATUS_INVALID_ARGUMENT, "expected [B,L]");
    }
  }
  EXPECT_EQ(fmk_live_handle_count(), before);
}

TEST(TextEncoderHandle, TakesBothKeyLayouts) {
  const Context context = make_context();
  const fmk_text_encoder_config_t config = small_text_config(0);
  const at::Tensor ids = at::arange(9, at::kLong).view({1, 9});
  const at::Tensor tokens = at::randn({20, 12}), positions = at::randn({9, 12}), weight = at::randn({12}), bias = at::randn({12});
  const at::Tensor position_ids = at::arange(9, at::kLong).view({1, 9});
  std::vector<at::Tensor> results;
  for (const std::string prefix : {"", "text_model."}) {
    fmk_weights_t* handle = nullptr;
    ASSERT_FMK_OK(fmk_weights_create(context.get(), &handle));
    const Weights weights(handle);
    const auto add = [&](const std::string& name, const at::Tensor& tensor) {
      const fmk_tensor_desc_t desc = desc_of(tensor);
      EXPECT_FMK_OK(fmk_weights_add(handle, (prefix + name).c_str(), &desc));
    };
    add("embeddings.token_embedding.weight", tokens);
    add("embeddings.position_embedding.weight", positions);
    add("final_layer_norm.weight", weight);
    add("final_layer_norm.bias", bias);
    if (!prefix.empty()) add("embeddings.position_ids", position_ids);
    fmk_text_encoder_t* encoder = nullptr;
    ASSERT_FMK_OK(fmk_text_encoder_create(context.get(), handle, &config, FMK_DTYPE_F32, &encoder));
    const TextEncoder owned(encoder);
    const fmk_tensor_desc_t desc = desc_of(ids);
    fmk_tensor_t* out = nullptr;
    ASSERT_FMK_OK(fmk_text_encoder_forward(encoder, &desc, nullptr, &out));
    results.push_back(download(Tensor(out).get()));
  }
  EXPECT_TRUE(at::equal(results[0], results[1]));
}

TEST(VaeHandle, SlicesDoNotChangeTheResult) {
  const Context context = make_context();
  fmk_vae_config_t config;
  ASSERT_FMK_OK(fmk_vae_config_init(&config, sizeof config));
  config.in_channels = config.out_channels = 3;
  config.latent_channels = 4;
  config.layers_per_block = 1;
  config.norm_num_groups = 4;
  config.block_count = 3;
  config.block_out_channels[0] = 8;
  config.block_out_channels[1] = config.block_out_channels[2] = 16;
  RandomWeights weights(context.get());
  fmk_vae_t* handle = nullptr;
  weights.fill([&] { return fmk_vae_create(context.get(), weights.get(), &config, FMK_DTYPE_F32, &handle); });
  const Vae vae(handle);

  const Tensor pixels = upload(context.get(), at::rand({5, 3, 16, 24}) * 2 - 1);
  fmk_tensor_t* mean = nullptr;
  fmk_tensor_t* logvar = nullptr;
  ASSERT_FMK_OK(fmk_vae_encode(handle, pixels.get(), 0, nullptr, &mean, &logvar));
  const Tensor mean1(mean), logvar1(logvar);
  ASSERT_FMK_OK(fmk_vae_encode(handle, pixels.get(), 3, nullptr, &mean, &logvar));
  const Tensor mean3(mean), logvar3(logvar);
  EXPECT_EQ(download(mean1.get()).sizes(), at::IntArrayRef({5, 4, 4, 6}));
  EXPECT_TRUE(at::allclose(download(mean1.get()), download(mean3.get()), 1e-4, 1e-5));
  EXPECT_TRUE(at::allclose(download(logvar1.get()), download(logvar3.get()), 1e-4, 1e-5));

  fmk_tensor_t* decoded = nullptr;
  ASSERT_FMK_OK(fmk_vae_decode(handle, mean1.get(), 0, nullptr, &decoded));
  const Tensor decoded1(decoded);
  ASSERT_FMK_OK(fmk_vae_decode(handle, mean1.get(), 2, nullptr, &decoded));
  const Tensor decoded2(decoded);
  EXPECT_EQ(download(decoded1.get()).sizes(), at::IntArrayRef({5, 3, 16, 24}));
  EXPECT_TRUE(at::allclose(download(decoded1.get()), download(decoded2.get()), 1e-4, 1e-5));

  const Tensor odd = upload(context.get(), at::zeros({1, 3, 16, 22}));
  EXPECT_FMK_ERROR(fmk_vae_encode(handle, odd.get(), 0, nullptr, &mean, &logvar), FMK_STATUS_INVALID_ARGUMENT, "multiples of 4");
  EXPECT_FMK_ERROR(fmk_vae_encode(handle, pixels.get(), -1, nullptr, &mean, &logvar), FMK_STATUS_INVALID_ARGUMENT, "slice_frames");
  EXPECT_FMK_ERROR(fmk_vae_decode(handle, pixels.get(), 0, nullptr, &decoded), FMK_STATUS_INVALID_ARGUMENT, "expected [F,4,h,w]");
}

TEST(WeightsHandle, RefusesDuplicatesAndBadFiles) {
  const Context context = make_context();
  fmk_weights_t* handle = nullptr;
  ASSERT_FMK_OK(fmk_weights_create(context.get(), &handle));
  const Weights weights(handle);
  const at::Tensor values = at::zeros({2});
  const fmk_tensor_desc_t desc = desc_of(values);
  EXPECT_FMK_OK(fmk_weights_add(handle, "a", &desc));
  EXPECT_FMK_ERROR(fmk_weights_add(handle, "a", &desc), FMK_STATUS_INVALID_ARGUMENT, "'a' is there twice");
  EXPECT_FMK_ERROR(fmk_weights_add(handle, "", &desc), FMK_STATUS_INVALID_ARGUMENT, "empty name");
  int64_t count = 0;
  EXPECT_FMK_OK(fmk_weights_count(handle, &count));
  EXPECT_EQ(count, 1);

  EXPECT_FMK_ERROR(fmk_weights_add_pickle(handle, "/nonexistent/model.bin"), FMK_STATUS_IO, "/nonexistent/model.bin");
  const std::string path = testing::TempDir() + "not_a_zip.bin";
  std::ofstream(path) << "this is no archive";
  EXPECT_FMK_ERROR(fmk_weights_add_pickle(handle, path.c_str()), FMK_STATUS_IO, "not_a_zip.bin");
  std::remove(path.c_str());
}

}  // namespace
}  // namespace fmk::test
