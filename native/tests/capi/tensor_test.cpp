#include <ATen/ATen.h>

#include <cstdint>
#include <limits>

#include "support/c_api.h"

namespace fmk::test {
namespace {

TEST(Context, RefusesWhatDoesNotExist) {
  fmk_context_params_t params;
  ASSERT_FMK_OK(fmk_context_params_init(&params, sizeof params));
  auto* out = reinterpret_cast<fmk_context_t*>(uintptr_t{1});
  params.device_type = 7;
  EXPECT_FMK_ERROR(fmk_context_create(&params, &out), FMK_STATUS_INVALID_ARGUMENT, "device_type 7");
  EXPECT_EQ(out, nullptr);
  params.device_type = FMK_DEVICE_CUDA;
  params.device_index = 99;
  EXPECT_FMK_ERROR(fmk_context_create(&params, &out), FMK_STATUS_UNSUPPORTED, "cuda");
  EXPECT_FMK_ERROR(fmk_context_create(nullptr, &out), FMK_STATUS_INVALID_ARGUMENT, "params is NULL");
  EXPECT_FMK_ERROR(fmk_context_create(&params, nullptr), FMK_STATUS_INVALID_ARGUMENT, "out_new is NULL");
}

TEST(TensorHandle, RoundTripsThroughEveryFloatDtype) {
  const int64_t before = fmk_live_handle_count();
  {
    const Context context = make_context();
    const at::Tensor values = at::arange(24, at::kFloat).view({2, 3, 4});
    for (int32_t dtype : {FMK_DTYPE_F32, FMK_DTYPE_F16, FMK_DTYPE_BF16}) {
      const fmk_tensor_desc_t desc = desc_of(values);
      fmk_tensor_t* handle = nullptr;
      ASSERT_FMK_OK(fmk_tensor_create(context.get(), &desc, dtype, &handle));
      const Tensor tensor(handle);
      fmk_tensor_desc_t shape{};
      shape.struct_size = sizeof shape;
      ASSERT_FMK_OK(fmk_tensor_describe(handle, &shape));
      EXPECT_EQ(shape.dtype, dtype);
      EXPECT_EQ(shape.ndim, 3);
      EXPECT_TRUE(at::equal(download(handle), values));
    }
  }
  EXPECT_EQ(fmk_live_handle_count(), before);
}

TEST(TensorHandle, NamesWhatIsWrongWithADescriptor) {
  const Context context = make_context();
  const at::Tensor values = at::zeros({2, 2});
  fmk_tensor_t* handle = nullptr;
  fmk_tensor_desc_t desc = desc_of(values);
  desc.dtype = 42;
  EXPECT_FMK_ERROR(fmk_tensor_create(context.get(), &desc, FMK_DTYPE_F32, &handle), FMK_STATUS_INVALID_ARGUMENT, "dtype 42");
  desc = desc_of(values);
  desc.ndim = 9;
  EXPECT_FMK_ERROR(fmk_tensor_create(context.get(), &desc, FMK_DTYPE_F32, &handle), FMK_STATUS_INVALID_ARGUMENT, "9 dimensions");
  desc = desc_of(values);
  desc.sizes[0] = desc.sizes[1] = int64_t{1} << 40;
  EXPECT_FMK_ERROR(fmk_tensor_create(context.get(), &desc, FMK_DTYPE_F32, &handle), FMK_STATUS_INVALID_ARGUMENT, "elements");
  desc = desc_of(values);
  desc.data = nullptr;
  EXPECT_FMK_ERROR(fmk_tensor_create(context.get(), &desc, FMK_DTYPE_F32, &handle), FMK_STATUS_INVALID_ARGUMENT, "data is NULL");
  EXPECT_FMK_ERROR(fmk_tensor_create(nullptr, &desc, FMK_DTYPE_F32, &handle), FMK_STATUS_INVALID_HANDLE, "context");
}

TEST(TensorHandle, ReadWantsTheTensorsSizes) {
  const Context context = make_context();
  const Tensor tensor = upload(context.get(), at::zeros({2, 3}));
  at::Tensor host = at::zeros({3, 2});
  const fmk_tensor_desc_t desc = desc_of(host);
  EXPECT_FMK_ERROR(fmk_tensor_read(tensor.get(), &desc), FMK_STATUS_INVALID_ARGUMENT, "[3, 2]");
}

TEST(TensorArithmetic, CombineAndBlend) {
  const Context context = make_context();
  const at::Tensor x = at::randn({1, 4, 2, 3, 5});
  const at::Tensor y = at::randn({1, 4, 2, 3, 5});
  const at::Tensor mask = at::rand({2, 3, 5});
  const Tensor tx = upload(context.get(), x);
  const Tensor ty = upload(context.get(), y);
  const Tensor tm = upload(context.get(), mask);
  fmk_tensor_t* out = nullptr;
  ASSERT_FMK_OK(fmk_tensor_combine(0.5F, tx.get(), -2.0F, ty.get(), &out));
  EXPECT_TRUE(at::allclose(download(Tensor(out).get()), 0.5 * x - 2 * y, 1e-6, 1e-6));
  ASSERT_FMK_OK(fmk_tensor_combine(3.0F, tx.get(), 0.0F, nullptr, &out));
  EXPECT_TRUE(at::allclose(download(Tensor(out).get()), 3 * x, 1e-6, 1e-6));
  ASSERT_FMK_OK(fmk_tensor_blend(tx.get(), ty.get(), tm.get(), &out));
  EXPECT_TRUE(at::allclose(download(Tensor(out).get()), x + mask * (y - x), 1e-6, 1e-6));

  const Tensor small = upload(context.get(), at::zeros({2, 2, 2}));
  EXPECT_FMK_ERROR(fmk_tensor_combine(1, tx.get(), 1, small.get(), &out), FMK_STATUS_INVALID_ARGUMENT, "[2, 2, 2]");
  EXPECT_FMK_ERROR(fmk_tensor_blend(tx.get(), ty.get(), small.get(), &out), FMK_STATUS_INVALID_ARGUMENT, "mask");
  const Context other = make_context();
  const Tensor foreign = upload(other.get(), x);
  EXPECT_FMK_ERROR(fmk_tensor_combine(1, tx.get(), 1, foreign.get(), &out), FMK_STATUS_INVALID_HANDLE, "another context");
}

TEST(Memory, IsCountedAndLimited) {
  constexpr int64_t kElements = int64_t{4} << 20;
  const Context context = make_context(/*memory_limit=*/uint64_t{64} << 20);
  fmk_memory_info_t info{};
  info.struct_size = sizeof info;
  ASSERT_FMK_OK(fmk_context_memory(context.get(), 1, &info));
  const uint64_t before = info.used_bytes;
  const at::Tensor values = at::zeros({kElements});
  const Tensor first = upload(context.get(), values);
  ASSERT_FMK_OK(fmk_context_memory(context.get(), 0, &info));
  EXPECT_GE(info.used_bytes, before + kElements * sizeof(float));
  EXPECT_GE(info.peak_bytes, info.used_bytes);

  /* The tensor in `values` counts too: the allocator serves the whole process. */
  const fmk_tensor_desc_t desc = desc_of(values);
  std::vector<Tensor> more;
  int32_t status = FMK_STATUS_OK;
  for (int i = 0; i < 8 && status == FMK_STATUS_OK; ++i) {
    fmk_tensor_t* handle = nullptr;
    status = fmk_tensor_create(context.get(), &desc, FMK_DTYPE_F32, &handle);
    more.emplace_back(handle);
  }
  EXPECT_EQ(status, FMK_STATUS_OUT_OF_MEMORY);
  EXPECT_NE(std::string(fmk_last_error_message()).find("the limit is"), std::string::npos) << fmk_last_error_message();
  more.clear();
  EXPECT_FMK_OK(fmk_context_release_cache(context.get()));
  ASSERT_FMK_OK(fmk_context_memory(context.get(), 0, &info));
  EXPECT_EQ(info.cached_bytes, 0U);
  make_context();  // the limit goes with the newest context: back to none
}

TEST(Memory, AnImpossibleSizeIsOutOfMemory) {
  const Context context = make_context();
  const at::Tensor one = at::zeros({1});
  fmk_tensor_desc_t desc = desc_of(one);
  desc.sizes[0] = std::numeric_limits<int64_t>::max() / 16;
  fmk_tensor_t* handle = nullptr;
  /* Converting to another dtype allocates before anything is read. */
  EXPECT_EQ(fmk_tensor_create(context.get(), &desc, FMK_DTYPE_F16, &handle), FMK_STATUS_OUT_OF_MEMORY) << fmk_last_error_message();
  EXPECT_EQ(handle, nullptr);
}

}  // namespace
}  // namespace fmk::test
