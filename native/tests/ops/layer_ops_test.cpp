/*
 * The operations of layers against libtorch's in double, on every device that is there: on the CPU they are compositions, on a CUDA device
 * kernels.
 */
#include "ops/layer_ops.h"

#include <ATen/ATen.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <gtest/gtest.h>

#include <string>

namespace fmk {
namespace {

struct Case {
  c10::DeviceType device;
  c10::ScalarType type;
};

std::string name_of(const testing::TestParamInfo<Case>& info) {
  return c10::DeviceTypeName(info.param.device, true) + c10::toString(info.param.type);
}

class LayerOps : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    if (GetParam().device == c10::DeviceType::CUDA && !at::detail::getCUDAHooks().hasCUDA()) GTEST_SKIP() << "no CUDA device";
    at::manual_seed(5);
  }

  static at::Tensor random(at::IntArrayRef sizes, double mean = 0) {
    return (at::randn(sizes) + mean).to(at::Device(GetParam().device), GetParam().type);
  }
  static at::Tensor image(at::IntArrayRef sizes, double mean = 0) { return random(sizes, mean).contiguous(at::MemoryFormat::ChannelsLast); }

  /* Within a few roundings of the element type. */
  static void expect_close(const at::Tensor& actual, const at::Tensor& expected) {
    const double epsilon = GetParam().type == at::kFloat ? 1e-6 : GetParam().type == at::kHalf ? 1e-3 : 8e-3;
    const double scale = std::max(1.0, expected.abs().max().item<double>());
    ASSERT_EQ(actual.sizes(), expected.sizes());
    EXPECT_EQ(actual.scalar_type(), GetParam().type);
    EXPECT_LE((actual.to(at::kDouble) - expected).abs().max().item<double>(), 4 * epsilon * scale);
  }
};

at::Tensor f64(const at::Tensor& x) { return x.to(at::kDouble); }

TEST_P(LayerOps, GroupNormOfEachSize) {
  struct Size {
    int64_t images, channels, height, width, groups;
  };
  for (const Size& s : {Size{1, 64, 1, 1, 8}, Size{3, 40, 5, 7, 4}, Size{2, 320, 16, 9, 32}, Size{2, 960, 3, 3, 32},
                        Size{1, 2560, 4, 4, 32}, Size{2, 6, 5, 5, 3}, Size{1, 64, 60, 61, 32}}) {
    const at::Tensor x = image({s.images, s.channels, s.height, s.width});
    const at::Tensor weight = random({s.channels}, 1), bias = random({s.channels}), shift = random({s.channels});
    for (const bool shifted : {false, true}) {
      const at::Tensor in = shifted ? f64(x) + f64(shift).view({1, -1, 1, 1}) : f64(x);
      const at::Tensor normed = at::group_norm(in, s.groups, f64(weight), f64(bias), 1e-5);
      expect_close(group_norm({x, shifted ? shift : at::Tensor()}, s.groups, weight, bias, 1e-5, false), normed);
      expect_close(group_norm({x, shifted ? shift : at::Tensor()}, s.groups, weight, bias, 1e-5, true), at::silu(normed));
    }
  }
}

TEST_P(LayerOps, GroupNormFarFromZero) {
  if (GetParam().device == c10::DeviceType::CPU) GTEST_SKIP() << "libtorch's sums are about zero";
  const at::Tensor x = image({2, 64, 12, 12}, 100);
  const at::Tensor weight = random({64}, 1), bias = random({64});
  expect_close(group_norm({x, {}}, 32, weight, bias, 1e-5, false) * 0.01, at::group_norm(f64(x), 32, f64(weight), f64(bias), 1e-5) * 0.01);
}

TEST_P(LayerOps, ProductOverThreeFramesIsTheConvolution) {
  const at::Tensor x = image({2, 512, 3, 5});
  if (!takes_frame_product(x)) GTEST_SKIP() << "a convolution there";
  for (const int64_t frames : {1, 2, 5}) {
    const at::Tensor video = image({2, 512, frames, 7});
    const at::Tensor weight = random({512}, 1), bias = random({512}), shift = random({512});
    const at::Tensor in = f64(video) + f64(shift).view({1, -1, 1, 1});
    const at::Tensor y = at::silu(at::group_norm(in, 32, f64(weight), f64(bias), 1e-5)).permute({0, 2, 3, 1}); /* [B,F,P,C] */
    const at::Tensor none = at::zeros_like(y.narrow(1, 0, 1));
    const at::Tensor padded = at::cat({none, y, none}, 1);
    const at::Tensor expected = at::cat({padded.narrow(1, 0, frames), padded.narrow(1, 1, frames), padded.narrow(1, 2, frames)}, 3);
    expect_close(group_norm_frames({video, shift}, 32, weight, bias, 1e-5), expected.reshape({2, frames * 7, 3 * 512}));
  }
}

TEST_P(LayerOps, LayerNorm) {
  for (const int64_t channels : {8, 20, 320, 640, 1280}) {
    const at::Tensor x = random({3, 5, channels}, 2), weight = random({channels}, 1), bias = random({channels});
    expect_close(layer_norm(x, weight, bias, 1e-5), at::layer_norm(f64(x), channels, f64(weight), f64(bias), 1e-5));
  }
}

TEST_P(LayerOps, Geglu) {
  for (const int64_t channels : {5, 64, 1280}) {
    const at::Tensor x = random({37, 2 * channels});
    const auto halves = f64(x).chunk(2, 1);
    expect_close(geglu(x), halves[0] * at::gelu(halves[1]));
  }
}

TEST_P(LayerOps, AddWithBias) {
  for (const int64_t channels : {6, 64, 640}) {
    const at::Tensor x = image({2, channels, 5, 3}), y = image({2, channels, 5, 3}), bias = random({channels});
    expect_close(add({x, {}}, y), f64(x) + f64(y));
    expect_close(add({x, bias}, y), f64(x) + f64(y) + f64(bias).view({1, -1, 1, 1}));
  }
}

TEST_P(LayerOps, UpsampledToTwiceTheSizeOrOneLess) {
  for (const int64_t channels : {6, 64}) {
    const at::Tensor x = image({2, channels, 5, 9});
    for (const int64_t less : {0, 1}) {
      const at::Tensor actual = upsample_nearest(x, 10 - less, 18 - less);
      EXPECT_TRUE(at::equal(actual.cpu(), at::upsample_nearest2d(x.cpu(), {10 - less, 18 - less})));
    }
  }
}

TEST_P(LayerOps, LinearWithResidual) {
  for (const int64_t channels : {16, 320}) {
    const at::Tensor x = random({70, 2 * channels}),
                     weight = random({channels, 2 * channels}) / std::sqrt(2.0 * static_cast<double>(channels));
    const at::Tensor bias = random({channels}), residual = random({70, channels});
    const at::Tensor product = at::matmul(f64(x), f64(weight).t()) + f64(residual);
    const at::Tensor out = at::full_like(residual, NAN);
    linear_add(x, weight, {}, residual, out);
    expect_close(out, product);
    linear_add(x, weight, bias, residual, out);
    expect_close(out, product + f64(bias));
  }
}

TEST_P(LayerOps, ConvolutionWithItsBiasOwing) {
  const at::Tensor x = image({2, 16, 6, 5}), weight = image({8, 16, 3, 3}) / 12, bias = random({8});
  const Biased y = conv2d(x, weight, bias, {2, 2}, {1, 1});
  const at::Tensor complete = y.bias.defined() ? y.value + y.bias.view({1, -1, 1, 1}) : y.value;
  expect_close(complete, at::conv2d(f64(x).cpu(), f64(weight).cpu(), f64(bias).cpu(), 2, 1).to(x.device()));
}

INSTANTIATE_TEST_SUITE_P(Devices, LayerOps,
                         testing::Values(Case{c10::DeviceType::CPU, at::kFloat}, Case{c10::DeviceType::CPU, at::kBFloat16},
                                         Case{c10::DeviceType::CUDA, at::kFloat}, Case{c10::DeviceType::CUDA, at::kHalf},
                                         Case{c10::DeviceType::CUDA, at::kBFloat16}),
                         name_of);

}  // namespace
}  // namespace fmk
