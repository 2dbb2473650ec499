#pragma once

#include <cuda_runtime.h>

#include <cstdint>

/*
 * The query rows of a frame, brought into runs that need the same products: all source, all edit, both. Tiles are cut from one run, so a
 * tile never computes a product that none of its rows needs.
 *
 * Workspace: int4 counts[F] {source, edit, both, 0}; int32 rows[F,N], in the order of the runs; int32 counters[F/256, rounded up], 0, for
 * kernels whose blocks share out tiles among themselves.
 */
namespace fmk::kernels::cuda {

struct RowRuns {
  const int4* counts;
  const int32_t* rows;
};

/* A tile: rows[first .. first+count) of its frame. */
struct RunTile {
  int32_t first;
  int32_t count;
  bool source;
  bool edit;
};

__host__ __device__ inline int64_t div_up(int64_t a, int64_t b) { return (a + b - 1) / b; }

/* Most tiles that a frame can have: each run may end in a tail. */
inline int64_t most_tiles(int64_t queries, int64_t rows_of_tile) { return div_up(queries, rows_of_tile) + 2; }

/* Tile t of a frame; count = 0 past the last. */
__device__ inline RunTile tile_of(int4 counts, int32_t t, int32_t rows_of_tile) {
  const int32_t lengths[3] = {counts.x, counts.y, counts.z};
  int32_t start = 0;
#pragma unroll
  for (int run = 0; run < 3; ++run) {
    const int32_t tiles = (lengths[run] + rows_of_tile - 1) / rows_of_tile;
    if (t < tiles) {
      const int32_t at = t * rows_of_tile;
      return {start + at, min(rows_of_tile, lengths[run] - at), run != 1, run != 0};
    }
    t -= tiles;
    start += lengths[run];
  }
  return {start, 0, false, false};
}

constexpr int kFramesOfCounter = 256;

/* Bytes of the workspace. */
size_t runs_workspace(int64_t frames, int64_t queries);

/* Writes the runs of mask [frames,queries] into the workspace. */
cudaError_t find_runs(const float* mask, int64_t frames, int64_t queries, int32_t* workspace, cudaStream_t stream);

RowRuns runs_in(const int32_t* workspace, int64_t frames);

int32_t* tile_counters(int32_t* workspace, int64_t frames, int64_t queries);

}  // namespace fmk::kernels::cuda
