#include <ATen/ATen.h>

#include <functional>

#include "support/c_api.h"

namespace fmk::test {
namespace {

constexpr int64_t kFrames = 3;
constexpr int64_t kTokens = 7;

/* Three items on a 6x5 grid: an odd level below. */
class UNetForward : public testing::Test {
 protected:
  static constexpr int64_t kHeight = 6;
  static constexpr int64_t kWidth = 5;

  void SetUp() override {
    before_ = fmk_live_handle_count();
    context_ = make_context();
    model_ = std::make_unique<SmallUNet>(context_.get());
    at::manual_seed(5);
    for (int i = 0; i < 3; ++i) {
      latents_.push_back(upload(context_.get(), at::randn({1, 4, kFrames, kHeight, kWidth})));
      text_.push_back(upload(context_.get(), at::randn({1, kTokens, kTextChannels})));
    }
  }

  void TearDown() override {
    latents_.clear();
    text_.clear();
    masks_.clear();
    model_.reset();
    context_.reset();
    EXPECT_EQ(fmk_live_handle_count(), before_);
  }

  static std::vector<const fmk_tensor_t*> raw(const std::vector<Tensor>& tensors) {
    std::vector<const fmk_tensor_t*> result;
    for (const Tensor& tensor : tensors) result.push_back(tensor.get());
    return result;
  }

  int32_t forward(const fmk_attention_plan_t* plan, const fmk_word_capture_t* capture, const fmk_callbacks_t* callbacks,
                  std::vector<at::Tensor>* noise) {
    fmk_tensor_t* out[3] = {};
    const int32_t status =
        fmk_unet_forward(model_->unet.get(), raw(latents_).data(), raw(text_).data(), 3, 501.0, plan, capture, callbacks, out);
    for (fmk_tensor_t* tensor : out) {
      const Tensor owned(tensor);
      if (noise != nullptr && tensor != nullptr) noise->push_back(download(tensor));
    }
    return status;
  }

  std::vector<at::Tensor> noise(const fmk_attention_plan_t* plan = nullptr) {
    std::vector<at::Tensor> result;
    EXPECT_FMK_OK(forward(plan, nullptr, nullptr, &result));
    return result;
  }

  static fmk_attention_plan_t plan() {
    fmk_attention_plan_t plan;
    EXPECT_FMK_OK(fmk_attention_plan_init(&plan, sizeof plan));
    plan.token_count = kTokens;
    return plan;
  }

  /* Masks of one value for both levels, [F,6,5] and [F,3,3]. */
  const std::vector<const fmk_tensor_t*>& masks(double value) {
    masks_.clear();
    masks_.push_back(upload(context_.get(), at::full({kFrames, kHeight, kWidth}, value)));
    masks_.push_back(upload(context_.get(), at::full({kFrames, 3, 3}, value)));
    mask_pointers_ = raw(masks_);
    return mask_pointers_;
  }

  int64_t before_ = 0;
  Context context_;
  std::unique_ptr<SmallUNet> model_;
  std::vector<Tensor> latents_;
  std::vector<Tensor> text_;
  std::vector<Tensor> masks_;
  std::vector<const fmk_tensor_t*> mask_pointers_;
};

void expect_close(const at::Tensor& actual, const at::Tensor& expected) {
  const double scale = std::max(1.0, expected.abs().max().item<double>());
  EXPECT_LE((actual - expected).abs().max().item<double>(), 1e-5 * scale);
}

TEST_F(UNetForward, ListsItsAttentionLayersInExecutionOrder) {
  int32_t count = 0;
  ASSERT_FMK_OK(fmk_unet_attention_count(model_->unet.get(), &count));
  ASSERT_EQ(count, 2 + 4 + 4 + 2 * 4);  // transformer_in; one down, one middle, two up layers of self, cross and two temporal
  fmk_attention_layer_t layer{};
  layer.struct_size = sizeof layer;
  ASSERT_FMK_OK(fmk_unet_attention_layer(model_->unet.get(), 0, &layer));
  EXPECT_STREQ(layer.name, "transformer_in.transformer_blocks.0.attn1");
  EXPECT_EQ(layer.controlled, 0);
  EXPECT_EQ(layer.heads, 8);
  ASSERT_FMK_OK(fmk_unet_attention_layer(model_->unet.get(), 7, &layer));
  EXPECT_STREQ(layer.name, "mid_block.attentions.0.transformer_blocks.0.attn2");
  EXPECT_EQ(layer.kind, FMK_ATTENTION_CROSS);
  EXPECT_EQ(layer.level, 1);
  EXPECT_EQ(layer.heads, 4);
  EXPECT_FMK_ERROR(fmk_unet_attention_layer(model_->unet.get(), count, &layer), FMK_STATUS_INVALID_ARGUMENT, "index");
}

TEST_F(UNetForward, AnItemDoesNotDependOnItsBatch) {
  const std::vector<at::Tensor> together = noise();
  for (size_t i = 0; i < 3; ++i) {
    const fmk_tensor_t* latents = latents_[i].get();
    const fmk_tensor_t* text = text_[i].get();
    fmk_tensor_t* out = nullptr;
    ASSERT_FMK_OK(fmk_unet_forward(model_->unet.get(), &latents, &text, 1, 501.0, nullptr, nullptr, nullptr, &out));
    expect_close(download(Tensor(out).get()), together[i]);
  }
}

TEST_F(UNetForward, MasksOfOneTakeTheEditAndChangeNothing) {
  const std::vector<at::Tensor> plain = noise();
  fmk_attention_plan_t p = plan();
  p.cross_mode = FMK_CROSS_MAP_THEN_BLEND;
  p.self_mode = FMK_SELF_MAP;
  p.cross_masks = p.self_masks = masks(1.0).data();
  p.cross_mask_count = p.self_mask_count = 2;
  const std::vector<at::Tensor> masked = noise(&p);
  expect_close(masked[2], plain[2]);
}

TEST_F(UNetForward, OnlyTheEditItemChanges) {
  const std::vector<at::Tensor> plain = noise();
  fmk_attention_plan_t p = plan();
  p.cross_mode = FMK_CROSS_MAP_THEN_BLEND;
  p.self_mode = FMK_SELF_MAP;
  p.temporal_mode = FMK_TEMPORAL_QK;
  const std::vector<at::Tensor> edited = noise(&p);
  EXPECT_TRUE(at::equal(edited[0], plain[0]));
  EXPECT_TRUE(at::equal(edited[1], plain[1]));
  EXPECT_GT((edited[2] - plain[2]).abs().max().item<double>(), 1e-3);
}

TEST_F(UNetForward, TemporalPolaritiesMirrorEachOther) {
  for (int32_t mode : {FMK_TEMPORAL_MAP, FMK_TEMPORAL_QK}) {
    fmk_attention_plan_t p = plan();
    p.temporal_mode = mode;
    p.temporal_masks = masks(1.0).data();
    p.temporal_mask_count = 2;
    p.temporal_polarity = FMK_POLARITY_EDIT_INSIDE;
    expect_close(noise(&p)[2], noise()[2]);  // everything is inside: the edit's own
    p.temporal_polarity = FMK_POLARITY_SOURCE_INSIDE;
    const at::Tensor source = noise(&p)[2];
    p.temporal_mask_count = 0;  // no mask: the source everywhere
    expect_close(noise(&p)[2], source);
  }
}

TEST_F(UNetForward, MaxTokensLeavesLargerLevelsAlone) {
  fmk_attention_plan_t p = plan();
  p.self_mode = FMK_SELF_MAP;
  p.self_max_tokens = 9;  // 3x3, not 6x5
  const at::Tensor middle = noise(&p)[2];
  EXPECT_GT((middle - noise()[2]).abs().max().item<double>(), 1e-5);
  p.self_max_tokens = 30;
  EXPECT_GT((noise(&p)[2] - middle).abs().max().item<double>(), 1e-5);
  p.self_max_tokens = 8;
  EXPECT_TRUE(at::equal(noise(&p)[2], noise()[2]));
}

TEST_F(UNetForward, WordMapsOfAllTokensSumToOne) {
  const int32_t sizes[] = {2, kTokens};
  const int32_t tokens[] = {1, 2, 0, 1, 2, 3, 4, 5, 6};
  fmk_tensor_t* maps[4] = {};
  fmk_word_capture_t capture;
  ASSERT_FMK_OK(fmk_word_capture_init(&capture, sizeof capture));
  capture.item = 1;
  capture.group_count = 2;
  capture.group_sizes = sizes;
  capture.tokens = tokens;
  capture.maps_new = maps;
  capture.map_count = 3;
  EXPECT_FMK_ERROR(forward(nullptr, &capture, nullptr, nullptr), FMK_STATUS_INVALID_ARGUMENT, "4 cross layers");
  capture.map_count = 4;
  ASSERT_FMK_OK(forward(nullptr, &capture, nullptr, nullptr));
  for (fmk_tensor_t* map : maps) {
    const Tensor owned(map);
    const at::Tensor values = download(map);
    ASSERT_EQ(values.dim(), 4);
    EXPECT_TRUE(at::allclose(values[1], at::ones_like(values[1]), 1e-5, 1e-5));
    EXPECT_LT(values[0].max().item<double>(), 1.0);
    EXPECT_GT(values[0].min().item<double>(), 0.0);
  }
  const int32_t outside[] = {1, 2, 0, 1, 2, 3, 4, 5, kTokens};
  capture.tokens = outside;
  EXPECT_FMK_ERROR(forward(nullptr, &capture, nullptr, nullptr), FMK_STATUS_INVALID_ARGUMENT, "token 7");
}

TEST_F(UNetForward, StopsWhenTheTickSaysSo) {
  struct Count {
    int ticks = 0;
    int stop_at = 0;
  } count;
  fmk_callbacks_t callbacks;
  ASSERT_FMK_OK(fmk_callbacks_init(&callbacks, sizeof callbacks));
  callbacks.user_data = &count;
  callbacks.tick = [](void* data) {
    auto* c = static_cast<Count*>(data);
    return static_cast<int32_t>(++c->ticks == c->stop_at);
  };
  ASSERT_FMK_OK(forward(nullptr, nullptr, &callbacks, nullptr));
  const int all = count.ticks;
  EXPECT_GE(all, 5);
  count = {0, 3};
  EXPECT_EQ(forward(nullptr, nullptr, &callbacks, nullptr), FMK_STATUS_CANCELLED);
  EXPECT_EQ(count.ticks, 3);
}

TEST_F(UNetForward, ProbesSeeEveryBlock) {
  std::vector<std::string> names;
  fmk_callbacks_t callbacks;
  ASSERT_FMK_OK(fmk_callbacks_init(&callbacks, sizeof callbacks));
  callbacks.user_data = &names;
  callbacks.probe = [](void* data, const char* name, const fmk_tensor_desc_t* value) {
    static_cast<std::vector<std::string>*>(data)->emplace_back(name);
    return static_cast<int32_t>(value->data == nullptr);
  };
  ASSERT_FMK_OK(forward(nullptr, nullptr, &callbacks, nullptr));
  for (const char* name : {"time_proj", "conv_in", "down_blocks.0.res.1", "mid_block.resnets.1", "up_blocks.1", "conv_norm_out"}) {
    EXPECT_NE(std::find(names.begin(), names.end(), name), names.end()) << name;
  }
}

TEST_F(UNetForward, NamesWhatIsWrongWithAPlan) {
  const auto refuse = [&](const std::function<void(fmk_attention_plan_t&)>& spoil, const char* part) {
    fmk_attention_plan_t p = plan();
    p.cross_mode = FMK_CROSS_MAP_THEN_BLEND;
    spoil(p);
    EXPECT_FMK_ERROR(forward(&p, nullptr, nullptr, nullptr), FMK_STATUS_INVALID_ARGUMENT, part);
  };
  refuse([](fmk_attention_plan_t& p) { p.edit_item = 3; }, "edit_item is 3");
  refuse([](fmk_attention_plan_t& p) { p.source_item = -1; }, "source_item is -1");
  refuse([](fmk_attention_plan_t& p) { p.token_count = 8; }, "token_count is 8");
  refuse([](fmk_attention_plan_t& p) { p.cross_mode = 9; }, "cross_mode 9");
  refuse([](fmk_attention_plan_t& p) { p.self_mode = 9; }, "self_mode 9");
  refuse([](fmk_attention_plan_t& p) { p.temporal_mode = 9; }, "temporal_mode 9");
  refuse([](fmk_attention_plan_t& p) { p.temporal_polarity = 9; }, "temporal_polarity 9");
  refuse([](fmk_attention_plan_t& p) { p.self_max_tokens = -1; }, "max_tokens");
  refuse([](fmk_attention_plan_t& p) { p.cross_mask_count = 1; }, "cross_masks is NULL");
  const fmk_tensor_t* one = masks(1.0)[0];
  refuse(
      [&](fmk_attention_plan_t& p) {
        p.cross_masks = &one;
        p.cross_mask_count = 1;
      },
      "no mask of its level 3x3");
}

TEST(UNetWeights, NameTheTensorThatIsMissingExtraOrWrong) {
  const Context context = make_context();
  const fmk_unet_config_t config = small_unet_config();
  fmk_unet_t* unet = nullptr;
  {
    const RandomWeights none(context.get());
    EXPECT_FMK_ERROR(fmk_unet_create(context.get(), none.get(), &config, FMK_DTYPE_F32, &unet), FMK_STATUS_INVALID_ARGUMENT,
                     "lack the tensor 'conv_in.weight' of shape [16, 4, 3, 3]");
    EXPECT_EQ(unet, nullptr);
  }
  {
    RandomWeights wrong(context.get());
    wrong.add("conv_in.weight", {16, 4, 1, 1});
    EXPECT_FMK_ERROR(fmk_unet_create(context.get(), wrong.get(), &config, FMK_DTYPE_F32, &unet), FMK_STATUS_INVALID_ARGUMENT,
                     "'conv_in.weight' of the UNet has the shape [16, 4, 1, 1], expected [16, 4, 3, 3]");
  }
  SmallUNet model(context.get());
  model.weights.add("conv_middle.weight", {3});
  EXPECT_FMK_ERROR(fmk_unet_create(context.get(), model.weights.get(), &config, FMK_DTYPE_F32, &unet), FMK_STATUS_INVALID_ARGUMENT,
                   "no place for: 'conv_middle.weight' [3]");
  EXPECT_FMK_ERROR(fmk_unet_create(context.get(), model.weights.get(), &config, FMK_DTYPE_I64, &unet), FMK_STATUS_INVALID_ARGUMENT,
                   "computes in f32, f16 or bf16");
  fmk_unet_config_t uneven = config;
  uneven.attention_head_dim[0] = 7;
  EXPECT_FMK_ERROR(fmk_unet_create(context.get(), model.weights.get(), &uneven, FMK_DTYPE_F32, &unet), FMK_STATUS_INVALID_ARGUMENT, "");
}

}  // namespace
}  // namespace fmk::test
