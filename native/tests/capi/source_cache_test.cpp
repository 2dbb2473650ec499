/* A source that comes from a cache against one that is an item of the batch. */
#include <ATen/ATen.h>

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>

#include "capi/models.h"
#include "ops/attention.h"
#include "support/c_api.h"

namespace fmk::test {
namespace {

constexpr int64_t kFrames = 3;
constexpr int64_t kHeight = 6;
constexpr int64_t kWidth = 5;
constexpr int64_t kTokens = 7;
constexpr uint64_t kRoom = 4 << 20;

std::vector<const fmk_tensor_t*> raw(const std::vector<const Tensor*>& tensors) {
  std::vector<const fmk_tensor_t*> result;
  for (const Tensor* tensor : tensors) result.push_back(tensor->get());
  return result;
}

double difference(const at::Tensor& a, const at::Tensor& b) { return (a - b).abs().max().item<double>(); }

/* Where a test runs. */
struct Place {
  const char* name;
  int32_t device;
  int32_t dtype;
  bool graphs;
  int32_t cache;
};

class SourceCacheForward : public testing::TestWithParam<Place> {
 protected:
  void SetUp() override {
    const Place& place = GetParam();
    if (place.device == FMK_DEVICE_CUDA && fmk_cuda_device_count() == 0) GTEST_SKIP() << "no CUDA device";
    before_ = fmk_live_handle_count();
    fmk_context_params_t params;
    ASSERT_FMK_OK(fmk_context_params_init(&params, sizeof params));
    params.device_type = place.device;
    params.threads = 2;
    fmk_context_t* context = nullptr;
    ASSERT_FMK_OK(fmk_context_create(&params, &context));
    context_.reset(context);
    setenv("FREEMASK_CUDA_GRAPHS", place.graphs ? "on" : "off", 1);
    /* The smallest heads that CUDA has kernels for. */
    model_ = std::make_unique<SmallUNet>(context, place.dtype, place.device == FMK_DEVICE_CUDA ? 32 : 8);
    unsetenv("FREEMASK_CUDA_GRAPHS");
    folder_ = std::filesystem::temp_directory_path() / text("fmk-source-cache-", getpid());
    std::filesystem::create_directory(folder_);
    at::manual_seed(5);
    new_inputs();
  }

  void TearDown() override {
    if (context_ == nullptr) return;
    EXPECT_TRUE(std::filesystem::is_empty(folder_));
    std::filesystem::remove_all(folder_);
    for (Tensor* tensor : {&source_, &edit_, &source_text_, &empty_text_, &target_text_}) tensor->reset();
    masks_.clear();
    cache_.reset();
    model_.reset();
    context_.reset();
    EXPECT_EQ(fmk_live_handle_count(), before_);
  }

  void new_inputs() {
    const auto latents = [&] { return upload(context_.get(), at::randn({1, 4, kFrames, kHeight, kWidth})); };
    const auto words = [&] { return upload(context_.get(), at::randn({1, kTokens, kTextChannels})); };
    source_ = latents();
    edit_ = latents();
    source_text_ = words();
    empty_text_ = words();
    target_text_ = words();
  }

  SourceCache make_cache(uint64_t bytes) {
    fmk_source_cache_params_t params;
    EXPECT_FMK_OK(fmk_source_cache_params_init(&params, sizeof params));
    params.bytes = bytes;
    params.place = GetParam().cache;
    const std::string directory = folder_.string();
    params.directory = directory.c_str();
    fmk_source_cache_t* cache = nullptr;
    EXPECT_FMK_OK(fmk_source_cache_create(context_.get(), &params, &cache));
    return SourceCache(cache);
  }

  fmk_attention_plan_t plan() {
    fmk_attention_plan_t plan;
    EXPECT_FMK_OK(fmk_attention_plan_init(&plan, sizeof plan));
    plan.token_count = kTokens;
    plan.cross_matrix = matrix_.const_data_ptr<float>();
    plan.cross_alpha = alpha_.const_data_ptr<float>();
    return plan;
  }

  fmk_attention_plan_t everything() {
    fmk_attention_plan_t result = plan();
    result.cross_mode = FMK_CROSS_MAP_THEN_BLEND;
    result.self_mode = FMK_SELF_MAP;
    result.temporal_mode = FMK_TEMPORAL_MAP;
    return result;
  }

  /* With masks of both levels in all parts. */
  void mask(fmk_attention_plan_t& plan, double share) {
    masks_.clear();
    masks_.push_back(upload(context_.get(), at::rand({kFrames, kHeight, kWidth}).lt(share).to(at::kFloat)));
    masks_.push_back(upload(context_.get(), at::rand({kFrames, 3, 3})));
    mask_pointers_ = raw({&masks_[0], &masks_[1]});
    plan.cross_masks = plan.self_masks = plan.temporal_masks = mask_pointers_.data();
    plan.cross_mask_count = plan.self_mask_count = plan.temporal_mask_count = 2;
  }

  int32_t forward(const std::vector<const Tensor*>& latents, const std::vector<const Tensor*>& text, const fmk_attention_plan_t* plan,
                  std::vector<at::Tensor>* noise, const fmk_callbacks_t* callbacks = nullptr) {
    std::vector<fmk_tensor_t*> out(latents.size());
    const int32_t status = fmk_unet_forward(model_->unet.get(), raw(latents).data(), raw(text).data(), latents.size(), 501.0, plan, nullptr,
                                            callbacks, out.data());
    for (fmk_tensor_t* tensor : out) {
      const Tensor owned(tensor);
      if (noise != nullptr && tensor != nullptr) noise->push_back(download(tensor));
    }
    return status;
  }

  int32_t record(fmk_attention_plan_t plan, int32_t number, std::vector<at::Tensor>* noise = nullptr,
                 const fmk_callbacks_t* callbacks = nullptr) {
    plan.source = FMK_SOURCE_RECORD;
    plan.source_record = number;
    plan.source_cache = cache_.get();
    return forward({&source_}, {&source_text_}, &plan, noise, callbacks);
  }

  /* Noise of the unconditional and the conditional item. */
  int32_t cached(fmk_attention_plan_t plan, int32_t number, std::vector<at::Tensor>* noise = nullptr) {
    plan.source = FMK_SOURCE_CACHED;
    plan.source_record = number;
    plan.source_cache = cache_.get();
    plan.edit_item = 1;
    return forward({&edit_, &edit_}, {&empty_text_, &target_text_}, &plan, noise);
  }

  std::vector<at::Tensor> replayed(const fmk_attention_plan_t* plan, const fmk_callbacks_t* callbacks = nullptr) {
    std::vector<at::Tensor> noise;
    EXPECT_FMK_OK(forward({&source_, &edit_, &edit_}, {&source_text_, &empty_text_, &target_text_}, plan, &noise, callbacks));
    return noise;
  }

  /* Of maps; noise has the roundings of all layers. */
  static double bound() { return GetParam().dtype == FMK_DTYPE_F32 ? 1e-5 : 2e-3; }
  static double noise_bound() { return GetParam().dtype == FMK_DTYPE_F32 ? 1e-5 : 4e-3; }

  static void expect_close(const at::Tensor& actual, const at::Tensor& expected) {
    EXPECT_TRUE(expected.isfinite().all().item<bool>());
    EXPECT_LE(difference(actual, expected), noise_bound() * std::max(1.0, expected.abs().max().item<double>()));
  }

  /* On a GPU the first step of a kind is launched, the second recorded, the third replayed. */
  static int32_t rounds() { return GetParam().device == FMK_DEVICE_CUDA ? 4 : 2; }

  /* Records and takes the same kind of step again and again. */
  void expect_same_as_replay(const fmk_attention_plan_t& plan, const std::string& what) {
    SCOPED_TRACE(what);
    cache_ = make_cache(kRoom);
    for (int32_t number = 0; number < rounds(); ++number) {
      new_inputs();
      std::vector<at::Tensor> recorded;
      ASSERT_FMK_OK(record(plan, number, &recorded));
      const std::vector<at::Tensor> expected = replayed(&plan);
      expect_close(recorded[0], expected[0]);
      std::vector<at::Tensor> actual;
      ASSERT_FMK_OK(cached(plan, number, &actual));
      expect_close(actual[0], expected[1]);
      expect_close(actual[1], expected[2]);
      /* What would be wrong shows: without the source, and with another's. */
      EXPECT_GT(difference(replayed(nullptr)[2], expected[2]), 2 * noise_bound());
      if (number > 0) {
        std::vector<at::Tensor> wrong;
        ASSERT_FMK_OK(cached(plan, number - 1, &wrong));
        EXPECT_GT(difference(wrong[1], expected[2]), 2 * noise_bound());
      }
    }
  }

  int64_t before_ = 0;
  Context context_;
  std::unique_ptr<SmallUNet> model_;
  SourceCache cache_;
  std::filesystem::path folder_;
  Tensor source_, edit_, source_text_, empty_text_, target_text_;
  std::vector<Tensor> masks_;
  std::vector<const fmk_tensor_t*> mask_pointers_;
  at::Tensor matrix_ = at::softmax(4 * at::randn({kTokens, kTokens}), 1);
  at::Tensor alpha_ = at::linspace(0.25, 1, kTokens);
};

TEST_P(SourceCacheForward, GivesWhatReplayGives) {
  const std::vector<std::pair<const char*, std::function<void(fmk_attention_plan_t&)>>> kinds{
      {"map, then blend", [](auto& p) { p.cross_mode = FMK_CROSS_MAP_THEN_BLEND; }},
      {"blend, then map", [](auto& p) { p.cross_mode = FMK_CROSS_BLEND_THEN_MAP; }},
      {"self", [](auto& p) { p.self_mode = FMK_SELF_MAP; }},
      {"temporal maps", [](auto& p) { p.temporal_mode = FMK_TEMPORAL_MAP; }},
      {"temporal queries and keys", [](auto& p) { p.temporal_mode = FMK_TEMPORAL_QK; }},
      {"temporal, the edit inside",
       [](auto& p) {
         p.temporal_mode = FMK_TEMPORAL_QK;
         p.temporal_polarity = FMK_POLARITY_EDIT_INSIDE;
       }},
      {"all",
       [](auto& p) {
         p.cross_mode = FMK_CROSS_BLEND_THEN_MAP;
         p.self_mode = FMK_SELF_MAP;
         p.temporal_mode = FMK_TEMPORAL_QK;
       }},
      {"all at the lower level",
       [](auto& p) {
         p.cross_mode = FMK_CROSS_MAP_THEN_BLEND;
         p.self_mode = FMK_SELF_MAP;
         p.temporal_mode = FMK_TEMPORAL_MAP;
         p.cross_max_tokens = p.self_max_tokens = p.temporal_max_tokens = 9;
       }},
  };
  for (const auto& [name, set] : kinds) {
    for (const bool masked : {false, true}) {
      fmk_attention_plan_t p = plan();
      set(p);
      if (masked) mask(p, 0.5);
      expect_same_as_replay(p, text(name, masked ? ", masked" : ""));
    }
  }
}

TEST_P(SourceCacheForward, HoldsTheMapsOfTheReplayedSource) {
  cache_ = make_cache(kRoom);
  const fmk_attention_plan_t p = everything();
  ASSERT_FMK_OK(record(p, 0));
  std::map<std::string, at::Tensor> maps;
  fmk_callbacks_t callbacks;
  ASSERT_FMK_OK(fmk_callbacks_init(&callbacks, sizeof callbacks));
  callbacks.probe_attention = 1;
  callbacks.user_data = &maps;
  callbacks.probe = [](void* data, const char* name, const fmk_tensor_desc_t* value) {
    const at::IntArrayRef sizes(value->sizes, static_cast<size_t>(value->ndim));
    (*static_cast<std::map<std::string, at::Tensor>*>(data))[name] = at::from_blob(value->data, sizes, at::kFloat).clone();
    return 0;
  };
  replayed(&p, &callbacks);

  fmk::SourceCache& records = *cache_->records;
  const fmk::SourceLayout& layout = records.layout(0);
  const at::Tensor block = records.take(0);
  int layers = 0;
  for (const AttentionInfo& layer : model_->unet->model.attention_layers()) {
    if (!layer.controlled) continue;
    ++layers;
    SourceState state = layout.at(block, layer.name);
    if (layer.kind == FMK_ATTENTION_TEMPORAL) {
      state = {state.query.transpose(0, 1), state.key.transpose(0, 1)};
    } else if (layer.kind == FMK_ATTENTION_CROSS) {
      state.key = state.key.expand({kFrames, -1, -1});
    }
    const at::Tensor actual =
        attention_probabilities(split_heads(state.query, layer.heads), split_heads(state.key, layer.heads)).mean(1).to(at::kFloat).cpu();
    const at::Tensor& expected = maps.at(layer.name + ".mean_heads");
    EXPECT_LE(difference(actual, expected.narrow(0, 0, actual.size(0))), bound()) << layer.name;
    EXPECT_GT(difference(actual, expected.narrow(0, actual.size(0), actual.size(0))), 2 * bound()) << layer.name;
  }
  records.taken();
  EXPECT_EQ(layers, 16);
}

TEST_P(SourceCacheForward, RecordingChangesNothing) {
  cache_ = make_cache(kRoom);
  for (int32_t number = 0; number < rounds(); ++number) {
    std::vector<at::Tensor> plain;
    ASSERT_FMK_OK(forward({&source_}, {&source_text_}, nullptr, &plain));
    std::vector<at::Tensor> recorded;
    ASSERT_FMK_OK(record(everything(), number, &recorded));
    EXPECT_TRUE(at::equal(recorded[0], plain[0]));
  }
}

TEST_P(SourceCacheForward, ARecordServesPlansThatControlLess) {
  cache_ = make_cache(kRoom);
  for (int32_t number = 0; number < rounds(); ++number) {
    new_inputs();
    ASSERT_FMK_OK(record(everything(), number));
    fmk_attention_plan_t p = plan();
    p.self_mode = FMK_SELF_MAP;
    p.self_max_tokens = 9;
    std::vector<at::Tensor> actual;
    ASSERT_FMK_OK(cached(p, number, &actual));
    expect_close(actual[1], replayed(&p)[2]);
  }
}

TEST_P(SourceCacheForward, KeepsAsManyRecordsAsItHasRoomFor) {
  uint64_t bytes = 0;
  const fmk_attention_plan_t p = everything();
  ASSERT_FMK_OK(fmk_unet_source_bytes(model_->unet.get(), &p, kFrames, kHeight, kWidth, kTokens, &bytes));
  cache_ = make_cache(3 * bytes - 1);
  ASSERT_FMK_OK(record(p, 7));
  ASSERT_FMK_OK(record(p, 2));
  EXPECT_FMK_ERROR(record(p, 3), FMK_STATUS_OUT_OF_MEMORY, text("record 3 takes ", bytes, " bytes of the source cache"));
  EXPECT_FMK_ERROR(cached(p, 3), FMK_STATUS_INVALID_ARGUMENT, "no record 3");
  EXPECT_FMK_ERROR(record(p, 2), FMK_STATUS_INVALID_ARGUMENT, "has a record 2 already");
  std::vector<at::Tensor> actual;
  ASSERT_FMK_OK(cached(p, 7, &actual));
  expect_close(actual[1], replayed(&p)[2]);
  const fmk_attention_plan_t off = plan();
  ASSERT_FMK_OK(fmk_unet_source_bytes(model_->unet.get(), &off, kFrames, kHeight, kWidth, kTokens, &bytes));
  EXPECT_EQ(bytes, 0U);
  ASSERT_FMK_OK(record(off, 3));
  ASSERT_FMK_OK(cached(off, 3));
}

TEST_P(SourceCacheForward, KeepsNothingOfACancelledStep) {
  cache_ = make_cache(kRoom);
  fmk_callbacks_t callbacks;
  ASSERT_FMK_OK(fmk_callbacks_init(&callbacks, sizeof callbacks));
  int ticks = 0;
  callbacks.user_data = &ticks;
  callbacks.tick = [](void* data) { return static_cast<int32_t>(++*static_cast<int*>(data) == 3); };
  EXPECT_EQ(record(everything(), 0, nullptr, &callbacks), FMK_STATUS_CANCELLED);
  EXPECT_FMK_ERROR(cached(everything(), 0), FMK_STATUS_INVALID_ARGUMENT, "no record 0");
  std::vector<at::Tensor> actual;
  const fmk_attention_plan_t p = everything();
  ASSERT_FMK_OK(record(p, 0));
  ASSERT_FMK_OK(cached(p, 0, &actual));
  expect_close(actual[1], replayed(&p)[2]);
}

TEST_P(SourceCacheForward, NamesWhatIsWrong) {
  cache_ = make_cache(kRoom);
  fmk_attention_plan_t self = plan();
  self.self_mode = FMK_SELF_MAP;
  ASSERT_FMK_OK(record(self, 0));
  EXPECT_FMK_ERROR(cached(everything(), 0), FMK_STATUS_INVALID_ARGUMENT, "record 0 of the source cache lacks");
  edit_ = upload(context_.get(), at::randn({1, 4, kFrames, kHeight, kWidth + 1}));
  EXPECT_FMK_ERROR(cached(self, 0), FMK_STATUS_INVALID_ARGUMENT,
                   "of down_blocks.0.attentions.0.transformer_blocks.0.attn1 with the shape [3, 30, ");
  EXPECT_FMK_ERROR(cached(self, 1), FMK_STATUS_INVALID_ARGUMENT, "no record 1");
  EXPECT_FMK_ERROR(cached(self, -1), FMK_STATUS_INVALID_ARGUMENT, "source_record is -1");
  new_inputs();
  self.edit_item = 3;
  self.source = FMK_SOURCE_CACHED;
  self.source_cache = cache_.get();
  EXPECT_FMK_ERROR(forward({&edit_}, {&target_text_}, &self, nullptr), FMK_STATUS_INVALID_ARGUMENT, "edit_item is 3");
  self.source = 9;
  EXPECT_FMK_ERROR(forward({&edit_}, {&target_text_}, &self, nullptr), FMK_STATUS_INVALID_ARGUMENT, "source 9");
  const Context other = make_context();
  fmk_source_cache_params_t params;
  ASSERT_FMK_OK(fmk_source_cache_params_init(&params, sizeof params));
  params.bytes = kRoom;
  fmk_source_cache_t* cache = nullptr;
  ASSERT_FMK_OK(fmk_source_cache_create(other.get(), &params, &cache));
  cache_.reset(cache);
  EXPECT_FMK_ERROR(record(everything(), 0), FMK_STATUS_INVALID_HANDLE, "source_cache belongs to another context");
  cache_.reset();
  EXPECT_FMK_ERROR(record(everything(), 0), FMK_STATUS_INVALID_HANDLE, "source_cache is NULL");
}

INSTANTIATE_TEST_SUITE_P(Places, SourceCacheForward,
                         testing::Values(Place{"Cpu", FMK_DEVICE_CPU, FMK_DTYPE_F32, true, FMK_CACHE_HOST},
                                         Place{"CpuFile", FMK_DEVICE_CPU, FMK_DTYPE_F32, true, FMK_CACHE_FILE},
                                         Place{"CudaF32", FMK_DEVICE_CUDA, FMK_DTYPE_F32, true, FMK_CACHE_HOST},
                                         Place{"CudaF32Launched", FMK_DEVICE_CUDA, FMK_DTYPE_F32, false, FMK_CACHE_HOST},
                                         Place{"CudaF32Device", FMK_DEVICE_CUDA, FMK_DTYPE_F32, true, FMK_CACHE_DEVICE},
                                         Place{"CudaF16", FMK_DEVICE_CUDA, FMK_DTYPE_F16, true, FMK_CACHE_HOST},
                                         Place{"CudaF16Launched", FMK_DEVICE_CUDA, FMK_DTYPE_F16, false, FMK_CACHE_HOST},
                                         Place{"CudaF16Device", FMK_DEVICE_CUDA, FMK_DTYPE_F16, true, FMK_CACHE_DEVICE},
                                         Place{"CudaF16File", FMK_DEVICE_CUDA, FMK_DTYPE_F16, true, FMK_CACHE_FILE}),
                         [](const testing::TestParamInfo<Place>& place) { return std::string(place.param.name); });

TEST(SourceCacheMemory, NamesWhatIsWrong) {
  const Context context = make_context();
  fmk_source_cache_params_t params;
  ASSERT_FMK_OK(fmk_source_cache_params_init(&params, sizeof params));
  fmk_source_cache_t* cache = nullptr;
  EXPECT_FMK_ERROR(fmk_source_cache_create(context.get(), &params, &cache), FMK_STATUS_INVALID_ARGUMENT, "bytes is 0");
  params.bytes = uint64_t{1} << 60;
  EXPECT_EQ(fmk_source_cache_create(context.get(), &params, &cache), FMK_STATUS_OUT_OF_MEMORY);
  const std::filesystem::path folder = std::filesystem::temp_directory_path() / text("fmk-source-cache-", getpid());
  std::filesystem::create_directory(folder);
  const std::string directory = folder.string();
  params.place = FMK_CACHE_FILE;
  EXPECT_FMK_ERROR(fmk_source_cache_create(context.get(), &params, &cache), FMK_STATUS_INVALID_ARGUMENT, "directory is NULL");
  params.directory = directory.c_str();
  EXPECT_FMK_ERROR(fmk_source_cache_create(context.get(), &params, &cache), FMK_STATUS_IO,
                   "no room for a file of 1152921504606846976 bytes");
  EXPECT_TRUE(std::filesystem::is_empty(folder));
  std::filesystem::remove(folder);
  params.bytes = 1;
  EXPECT_FMK_ERROR(fmk_source_cache_create(context.get(), &params, &cache), FMK_STATUS_IO, "No such file or directory");
  params.place = 7;
  EXPECT_FMK_ERROR(fmk_source_cache_create(context.get(), &params, &cache), FMK_STATUS_INVALID_ARGUMENT, "place 7");
  EXPECT_EQ(cache, nullptr);
}

}  // namespace
}  // namespace fmk::test
