#include <algorithm>

#include "kernels/cuda/row_runs.cuh"

namespace fmk::kernels::cuda {
namespace {

constexpr int kWarps = 32; /* of a block, at most */
constexpr int kItems = 4;  /* neighbouring rows of a thread */
constexpr int64_t kCountWords = sizeof(int4) / sizeof(int32_t);

/* How many rows of the runs 1 (edit) and 2 (both), in one word, so that one scan orders all runs: the others are of run 0 (source). */
using Packed = unsigned long long;

__device__ int run_of(float m) { return m == 0.0F ? 0 : m == 1.0F ? 1 : 2; }
__device__ Packed one_of(int run) { return run == 0 ? 0 : run == 1 ? 1 : 1ULL << 32; }
__device__ int32_t edits(Packed counts) { return static_cast<int32_t>(counts & ~0U); }
__device__ int32_t boths(Packed counts) { return static_cast<int32_t>(counts >> 32); }

/* Sum over the threads before this one, and over all. */
__device__ Packed scan(Packed value, Packed* warp_sums, Packed& total) {
  const int lane = static_cast<int>(threadIdx.x) % 32;
  const int warp = static_cast<int>(threadIdx.x) / 32;
  Packed sum = value;
#pragma unroll
  for (int step = 1; step < 32; step *= 2) {
    const Packed other = __shfl_up_sync(~0U, sum, step);
    if (lane >= step) sum += other;
  }
  __syncthreads(); /* the sums of the last round have been read */
  if (lane == 31) warp_sums[warp] = sum;
  __syncthreads();
  const int warps = static_cast<int>(blockDim.x) / 32;
  total = lane < warps ? warp_sums[lane] : 0;
  Packed before = lane < warp ? total : 0;
#pragma unroll
  for (int step = 16; step > 0; step /= 2) {
    before += __shfl_xor_sync(~0U, before, step);
    total += __shfl_xor_sync(~0U, total, step);
  }
  return before + sum - value;
}
static_assert(kWarps <= 32, "a warp sums the warps");

/* One block a frame. */
__global__ void __launch_bounds__(32 * kWarps)
    find_runs_kernel(const float* mask, int32_t queries, int4* counts, int32_t* rows, int32_t* counters) {
#if __CUDA_ARCH__ >= 900
  /* The attention kernel may take its place and set up; it waits before it reads. */
  asm volatile("griddepcontrol.launch_dependents;");
#endif
  __shared__ Packed warp_sums[kWarps];
  const int64_t frame = blockIdx.x;
  if (threadIdx.x == 0 && frame % kFramesOfCounter == 0) counters[frame / kFramesOfCounter] = 0;
  const float* values = mask == nullptr ? nullptr : mask + frame * queries;
  const auto load = [&](int32_t first, int(&runs)[kItems]) {
    Packed sum = 0;
#pragma unroll
    for (int i = 0; i < kItems; ++i) {
      const int32_t n = first + i;
      runs[i] = n >= queries ? -1 : values == nullptr ? 0 : run_of(values[n]);
      if (runs[i] >= 0) sum += one_of(runs[i]);
    }
    return sum;
  };
  const int32_t round = static_cast<int32_t>(blockDim.x) * kItems;
  const int32_t mine = static_cast<int32_t>(threadIdx.x) * kItems;
  const bool single = queries <= round;

  int runs[kItems];
  Packed sum = 0;
  for (int32_t at = mine; at < queries; at += round) sum += load(at, runs);
  Packed total;
  Packed before = scan(sum, warp_sums, total);
  const int32_t sources = queries - edits(total) - boths(total);
  if (threadIdx.x == 0) counts[frame] = {sources, edits(total), boths(total), 0};
  int32_t* order = rows + frame * queries;
  Packed done = 0; /* rows of earlier rounds */
  for (int32_t base = 0; base < queries; base += round) {
    if (!single) {
      sum = load(base + mine, runs);
      Packed of_round;
      before = done + scan(sum, warp_sums, of_round);
      done += of_round;
    }
#pragma unroll
    for (int i = 0; i < kItems; ++i) {
      const int32_t n = base + mine + i;
      if (n >= queries) continue;
      const int32_t edit = edits(before);
      const int32_t both = boths(before);
      order[runs[i] == 0 ? n - edit - both : runs[i] == 1 ? sources + edit : sources + edits(total) + both] = n;
      before += one_of(runs[i]);
    }
  }
}

}  // namespace

size_t runs_workspace(int64_t frames, int64_t queries) {
  const int64_t words = frames * (kCountWords + queries) + div_up(frames, kFramesOfCounter);
  return static_cast<size_t>(words) * sizeof(int32_t);
}

int32_t* tile_counters(int32_t* workspace, int64_t frames, int64_t queries) { return workspace + frames * (kCountWords + queries); }

RowRuns runs_in(const int32_t* workspace, int64_t frames) {
  return {reinterpret_cast<const int4*>(workspace), workspace + kCountWords * frames};
}

cudaError_t find_runs(const float* mask, int64_t frames, int64_t queries, int32_t* workspace, cudaStream_t stream) {
  const int64_t warps = std::min<int64_t>(kWarps, div_up(queries, 32 * kItems));
  find_runs_kernel<<<static_cast<unsigned>(frames), static_cast<unsigned>(32 * warps), 0, stream>>>(
      mask, static_cast<int32_t>(queries), reinterpret_cast<int4*>(workspace), workspace + kCountWords * frames,
      tile_counters(workspace, frames, queries));
  return cudaGetLastError();
}

}  // namespace fmk::kernels::cuda
