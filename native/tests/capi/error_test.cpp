#include <fmk/fmk.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "support/c_api.h"

extern "C" int fmk_header_smoke(void);

namespace {

TEST(Header, IsPlainC) { EXPECT_EQ(fmk_header_smoke(), 1); }

TEST(Version, IsTheHeaders) {
  EXPECT_EQ(fmk_abi_version(), (static_cast<uint32_t>(FMK_ABI_MAJOR) << 16) | FMK_ABI_MINOR);
  fmk_build_info_t info{};
  info.struct_size = sizeof info;
  EXPECT_FMK_OK(fmk_build_info_get(&info));
  EXPECT_STREQ(info.libtorch_compiled, info.libtorch_loaded);
  EXPECT_GE(fmk_cuda_device_count(), 0);
}

TEST(Version, RefusesAStructOfAnOlderLayout) {
  fmk_build_info_t info{};
  info.struct_size = 4;
  EXPECT_FMK_ERROR(fmk_build_info_get(&info), FMK_STATUS_INVALID_ARGUMENT, "struct_size is 4");
}

class EveryStatus : public testing::TestWithParam<int32_t> {};

TEST_P(EveryStatus, LeavesTheGuardWithAMessage) {
  EXPECT_EQ(fmk_error_provoke(GetParam()), GetParam());
  EXPECT_STRNE(fmk_last_error_message(), "");
  EXPECT_EQ(std::string(fmk_last_error_message()).find('\n'), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Statuses, EveryStatus,
                         testing::Values(FMK_STATUS_INVALID_ARGUMENT, FMK_STATUS_INVALID_HANDLE, FMK_STATUS_UNSUPPORTED,
                                         FMK_STATUS_OUT_OF_MEMORY, FMK_STATUS_CUDA, FMK_STATUS_TORCH, FMK_STATUS_IO, FMK_STATUS_CANCELLED,
                                         FMK_STATUS_ABI_MISMATCH, FMK_STATUS_INTERNAL));

TEST(LastError, IsClearedBySuccessAndKeptByDestroy) {
  fmk_error_provoke(FMK_STATUS_IO);
  fmk_tensor_destroy(nullptr);
  EXPECT_STRNE(fmk_last_error_message(), "");
  EXPECT_NE(std::string(fmk_last_error_site()).find("error.cpp:"), std::string::npos);
  EXPECT_EQ(fmk_error_provoke(FMK_STATUS_OK), FMK_STATUS_OK);
  EXPECT_STREQ(fmk_last_error_message(), "");
  EXPECT_STREQ(fmk_last_error_site(), "");
}

TEST(LastError, BelongsToTheThread) {
  fmk_error_provoke(FMK_STATUS_IO);
  std::thread([] { EXPECT_STREQ(fmk_last_error_message(), ""); }).join();
  EXPECT_STRNE(fmk_last_error_message(), "");
}

}  // namespace
