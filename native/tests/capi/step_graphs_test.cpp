/* Steps replayed from CUDA graphs against the same steps launched operation by operation. */
#include <ATen/ATen.h>

#include <cstdlib>
#include <map>
#include <optional>

#include "support/c_api.h"

namespace fmk::test {
namespace {

constexpr int64_t kTokens = 7;

std::vector<const fmk_tensor_t*> raw(const std::vector<Tensor>& tensors) {
  std::vector<const fmk_tensor_t*> result;
  for (const Tensor& tensor : tensors) result.push_back(tensor.get());
  return result;
}

struct Step {
  int64_t frames = 2;
  double timestep = 501;
  bool planned = false;
  bool captured = false;
  std::optional<double> mask = std::nullopt; /* the share of ones */
};

class StepGraphs : public testing::Test {
 protected:
  void SetUp() override {
    if (fmk_cuda_device_count() == 0) GTEST_SKIP() << "no CUDA device";
    fmk_context_params_t params;
    ASSERT_FMK_OK(fmk_context_params_init(&params, sizeof params));
    params.device_type = FMK_DEVICE_CUDA;
    fmk_context_t* context = nullptr;
    ASSERT_FMK_OK(fmk_context_create(&params, &context));
    context_.reset(context);
    launched_ = model("off");
    replayed_ = model("on");
    at::manual_seed(5);
  }

  std::unique_ptr<SmallUNet> model(const char* graphs) {
    setenv("FREEMASK_CUDA_GRAPHS", graphs, 1);
    auto result = std::make_unique<SmallUNet>(context_.get());
    unsetenv("FREEMASK_CUDA_GRAPHS");
    return result;
  }

  /* Runs a step on new latents through both models and compares every bit. */
  void expect_same(const Step& step) {
    std::vector<Tensor> latents;
    std::vector<Tensor> text;
    for (int i = 0; i < 3; ++i) {
      latents.push_back(upload(context_.get(), at::randn({1, 4, step.frames, 6, 5})));
      text.push_back(upload(context_.get(), at::randn({1, kTokens, kTextChannels})));
    }
    const at::Tensor matrix = at::rand({kTokens, kTokens});
    const at::Tensor alpha = at::rand({kTokens});
    std::vector<Tensor> masks;
    if (step.mask) {
      masks.push_back(upload(context_.get(), at::rand({step.frames, 6, 5}).lt(*step.mask).to(at::kFloat)));
      masks.push_back(upload(context_.get(), at::rand({step.frames, 3, 3}).lt(*step.mask).to(at::kFloat)));
    }
    const std::vector<const fmk_tensor_t*> mask_pointers = raw(masks);
    fmk_attention_plan_t plan;
    ASSERT_FMK_OK(fmk_attention_plan_init(&plan, sizeof plan));
    plan.token_count = kTokens;
    plan.cross_mode = FMK_CROSS_MAP_THEN_BLEND;
    plan.self_mode = FMK_SELF_MAP;
    plan.temporal_mode = FMK_TEMPORAL_QK;
    plan.cross_matrix = matrix.const_data_ptr<float>();
    plan.cross_alpha = alpha.const_data_ptr<float>();
    plan.cross_masks = plan.self_masks = plan.temporal_masks = mask_pointers.data();
    plan.cross_mask_count = plan.self_mask_count = plan.temporal_mask_count = mask_pointers.size();

    const auto run = [&](const SmallUNet& model) {
      std::vector<at::Tensor> results;
      const int32_t sizes[] = {1, 2};
      const int32_t tokens[] = {3, 0, 5};
      fmk_word_capture_t capture;
      EXPECT_FMK_OK(fmk_word_capture_init(&capture, sizeof capture));
      capture.group_count = 2;
      capture.map_count = 4;
      capture.group_sizes = sizes;
      capture.tokens = tokens;
      fmk_tensor_t* word_maps[4] = {};
      capture.maps_new = word_maps;
      fmk_tensor_t* out[3] = {};
      EXPECT_FMK_OK(fmk_unet_forward(model.unet.get(), raw(latents).data(), raw(text).data(), 3, step.timestep,
                                     step.planned ? &plan : nullptr, step.captured ? &capture : nullptr, nullptr, out));
      for (fmk_tensor_t* tensor : out) results.push_back(download(Tensor(tensor).get()));
      if (step.captured) {
        for (fmk_tensor_t* tensor : word_maps) results.push_back(download(Tensor(tensor).get()));
      }
      return results;
    };
    const std::vector<at::Tensor> expected = run(*launched_);
    const std::vector<at::Tensor> actual = run(*replayed_);
    ASSERT_EQ(actual.size(), expected.size());
    for (size_t i = 0; i < actual.size(); ++i) {
      EXPECT_TRUE(expected[i].isfinite().all().item<bool>());
      EXPECT_TRUE(at::equal(actual[i], expected[i])) << "result " << i << " of a step of " << step.frames << " frames";
    }
  }

  std::map<std::string, int64_t> calls() {
    std::map<std::string, int64_t> result;
    int32_t count = 0;
    EXPECT_FMK_OK(fmk_context_attention_count(context_.get(), &count));
    for (int32_t i = 0; i < count; ++i) {
      fmk_attention_runs_t runs{};
      runs.struct_size = sizeof runs;
      EXPECT_FMK_OK(fmk_context_attention_runs(context_.get(), i, &runs));
      result[runs.operation] += runs.calls;
    }
    return result;
  }

  Context context_;
  std::unique_ptr<SmallUNet> launched_;
  std::unique_ptr<SmallUNet> replayed_;
};

TEST_F(StepGraphs, GiveTheSameBitsForNewInputs) {
  for (const double timestep : {981.0, 501.0, 21.0, 1.0}) {
    expect_same({.timestep = timestep});
    expect_same({.timestep = timestep, .captured = true});
    expect_same({.timestep = timestep, .planned = true});
    expect_same({.timestep = timestep, .planned = true, .captured = true, .mask = timestep / 1000});
  }
}

TEST_F(StepGraphs, AreMadeAgainWhenThereAreMoreThanAreKept) {
  for (int round = 0; round < 3; ++round) {
    for (int64_t frames = 1; frames <= 10; ++frames) {
      expect_same({.frames = frames});
      expect_same({.frames = frames});
    }
  }
}

TEST_F(StepGraphs, CountAttentionOfEachReplay) {
  const Step step{.planned = true, .captured = true, .mask = 0.5};
  expect_same(step);
  const std::map<std::string, int64_t> once = calls();
  for (int i = 1; i < 4; ++i) expect_same(step);
  for (const auto& [operation, count] : calls()) EXPECT_EQ(count, 4 * once.at(operation)) << operation;
}

}  // namespace
}  // namespace fmk::test
