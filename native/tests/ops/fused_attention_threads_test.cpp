/*
 * The CPU kernels' tasks are shared out among libtorch's threads. A loop of libtorch's that was compiled without OpenMP takes one thread
 * and says nothing.
 */
#include <ATen/Parallel.h>
#include <ATen/ops/ones.h>
#include <gtest/gtest.h>

#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "ops/fused_attention.h"

namespace fmk {
namespace {

constexpr int kThreads = 3;

/* Kernels that compute nothing and note who was asked for what. */
struct Witness {
  std::mutex lock;
  std::set<std::thread::id> threads;
  std::vector<int> runs; /* of each task */

  void note(int64_t begin, int64_t end) {
    const std::lock_guard<std::mutex> guard(lock);
    threads.insert(std::this_thread::get_id());
    if (runs.size() < static_cast<size_t>(end)) runs.resize(static_cast<size_t>(end));
    for (int64_t t = begin; t < end; ++t) ++runs[static_cast<size_t>(t)];
  }
};

Witness* witness = nullptr;

const kernels::KernelTable kWitness{"witness", 16,
                                    [](const kernels::SelfParams&, int64_t begin, int64_t end) { witness->note(begin, end); },
                                    [](const kernels::CrossParams&, int64_t begin, int64_t end) { witness->note(begin, end); },
                                    [](const kernels::TemporalParams&, int64_t begin, int64_t end) { witness->note(begin, end); }};

class FusedAttentionThreads : public testing::Test {
 protected:
  void SetUp() override {
    witness = &here_;
    at::set_num_threads(kThreads);
  }
  void TearDown() override {
    at::set_num_threads(before_);
    witness = nullptr;
  }

  /* All threads had a part of the tasks, and every task ran once. */
  void expect_shared_out(size_t tasks) const {
    EXPECT_EQ(here_.threads.size(), kThreads);
    EXPECT_EQ(here_.runs, std::vector<int>(tasks, 1));
  }

 private:
  Witness here_;
  int before_ = at::get_num_threads();
};

TEST_F(FusedAttentionThreads, SelfAttention) {
  const at::Tensor x = at::ones({2, 4, 256, 64});
  fused::masked_self_attention(kWitness, x, x, x, x, x, at::ones({2, 256}), at::ones({2, 4, 256, 64}));
  expect_shared_out(2 * 4 * 256 / 16);
}

TEST_F(FusedAttentionThreads, CrossAttention) {
  const at::Tensor q = at::ones({2, 4, 256, 64});
  const at::Tensor k = at::ones({1, 4, 77, 64});
  fused::masked_cross_attention(kWitness, q, k, q, k, k, at::ones({2, 256}), {}, at::ones({2, 4, 256, 64}));
  expect_shared_out(2 * 4 * 256 / 16);
}

TEST_F(FusedAttentionThreads, TemporalAttention) {
  const at::Tensor x = at::ones({256, 4, 8, 64});
  fused::temporal_attention(kWitness, x, x, x, at::ones({256, 4, 8, 64}));
  expect_shared_out(256 * 4);
}

}  // namespace
}  // namespace fmk
