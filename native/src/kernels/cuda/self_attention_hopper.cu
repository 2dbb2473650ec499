#include <cudaTypedefs.h>

#include <algorithm>
#include <type_traits>

#include "kernels/cuda/attention_common.cuh"
#include "kernels/cuda/hopper.cuh"
#include "kernels/cuda/self_attention_kernels.h"
#include "kernels/cuda/wgmma.cuh"

/*
 * A persistent block walks over tiles of query rows. One warp has keys and values copied into a ring of stages by the tensor copy engine,
 * others gather query rows, one for each consumer; each consumer is a warpgroup that holds 64 rows. While a consumer takes the softmax of
 * one block of keys the matrix units multiply the block before it by its values, and other consumers' blocks. After Shah et al.,
 * FlashAttention-3, arXiv 2407.08608, section 3.
 */
namespace fmk::kernels::cuda {
namespace {

#pragma nv_diag_suppress 177 /* declared but never referenced: for other architectures the kernel is empty */

constexpr int kWarpgroup = 128;
constexpr int kWarpgroupRows = 64;
constexpr int kChunk = 64; /* channels of 128 bytes */
constexpr int kMostFrames = kFramesOfCounter;

template <int D>
struct Shape {
  static constexpr int kConsumers = D <= 64 ? 3 : 2;
  static constexpr int kRows = kConsumers * kWarpgroupRows;
  static constexpr int kKeys = D <= 128 ? 128 : 96; /* of a stage */
  static constexpr int kStages = D <= 64 ? 4 : 2;
  static constexpr int kQueries = D <= 128 ? 2 : 1; /* tiles of a consumer that have room */
  static constexpr int kThreads = (kConsumers + 1) * kWarpgroup;
  static constexpr int kConsumerRegisters = kConsumers == 3 ? 160 : 232;
  static constexpr int kProducerRegisters = kConsumers == 3 ? 32 : 40;
  static constexpr int kChunks = (D + kChunk - 1) / kChunk;
  static constexpr int kSteps = (D + 15) / 16; /* of a product's depth over channels */
  static constexpr uint32_t kQueryChunk = kWarpgroupRows * kRowBytes;
  static constexpr uint32_t kKeyChunk = kKeys * kRowBytes;
  static constexpr uint32_t kQueryBytes = kChunks * kQueryChunk; /* of a consumer */
  static constexpr uint32_t kStageBytes = kChunks * kKeyChunk;   /* of keys, and again of values */
};

/* Consumers that a tile of so many rows gives work to. */
__device__ int units_of(int32_t rows) { return (rows + kWarpgroupRows - 1) / kWarpgroupRows; }

/* Which rows a tile's number stands for: that is all that a block is given. Tiles of more units come first, so that the blocks end
 * together. The tiles of the last wave, when there are fewer than blocks, are cut into pieces where there is a block for each piece. */
template <int Consumers>
struct Schedule {
  int4 counts[kMostFrames];
  int32_t ends[Consumers][kMostFrames]; /* by units - 1: tiles of one head, of this frame and those before */
  int32_t tiles[Consumers + 2];         /* of so many units or more, of all heads and frames */
  int32_t whole;                        /* tiles before the last wave */
  int32_t piece;                        /* units, at most, of a piece of the last wave */
};

/* Tiles of one head of a frame. Those of rows that need both products count as full: they take twice as long. */
template <int Consumers>
__device__ int32_t tiles_of(int4 counts, int units) {
  constexpr int32_t kRows = Consumers * kWarpgroupRows;
  const int32_t full = units == Consumers ? (counts.z + kRows - 1) / kRows + counts.x / kRows + counts.y / kRows : 0;
  return full + (units_of(counts.x % kRows) == units ? 1 : 0) + (units_of(counts.y % kRows) == units ? 1 : 0);
}

/* Tile t of those. */
template <int Consumers>
__device__ RunTile tile_of_units(int4 counts, int units, int32_t t) {
  constexpr int32_t kRows = Consumers * kWarpgroupRows;
  if (units == Consumers) {
    const int32_t both = (counts.z + kRows - 1) / kRows;
    if (t < both) return {counts.x + counts.y + t * kRows, min(kRows, counts.z - t * kRows), true, true};
    t -= both;
    const int32_t source = counts.x / kRows;
    if (t < source) return {t * kRows, kRows, true, false};
    t -= source;
    const int32_t edit = counts.y / kRows;
    if (t < edit) return {counts.x + t * kRows, kRows, false, true};
    t -= edit;
  }
  const int32_t source = counts.x % kRows;
  if (t == 0 && units_of(source) == units) return {counts.x - source, source, true, false};
  const int32_t edit = counts.y % kRows;
  return {counts.x + counts.y - edit, edit, false, true};
}

/* What a block works on next; frame -1 = nothing. */
struct Task {
  int32_t frame;
  int32_t head;
  RunTile tile;
};

constexpr int kTasks = 2;

template <int D>
struct Shared {
  using S = Shape<D>;
  alignas(1024) unsigned char query[S::kConsumers * S::kQueries * S::kQueryBytes];
  unsigned char key[S::kStages * S::kStageBytes];
  unsigned char value[S::kStages * S::kStageBytes];
  uint64_t query_full[S::kConsumers * S::kQueries], query_empty[S::kConsumers * S::kQueries];
  uint64_t key_full[S::kStages], key_empty[S::kStages];
  uint64_t value_full[S::kStages], value_empty[S::kStages];
  uint64_t task_full[kTasks], task_empty[kTasks];
  Task tasks[kTasks];
  int32_t rows[S::kConsumers * S::kQueries][kWarpgroupRows]; /* of the queries in `query` */
  Schedule<S::kConsumers> schedule;
};

struct Args {
  Operand q0, q2, out;
  const float* mask;
  RowRuns runs;
  int32_t* next_tile; /* 0 at first */
  int32_t frames, heads, queries, keys;
  bool shared_keys0, shared_keys2, shared_values; /* one frame's for all */
  float scale;
};

/* One warp. */
template <int Consumers>
__device__ void make_schedule(const Args& a, Schedule<Consumers>& schedule) {
  const int lane = static_cast<int>(threadIdx.x) % 32;
  const auto blocks = static_cast<int32_t>(gridDim.x);
  int32_t total[Consumers] = {};
  for (int32_t base = 0; base < a.frames; base += 32) {
    const int32_t frame = base + lane;
    const bool exists = frame < a.frames;
    const int4 counts = exists ? a.runs.counts[frame] : int4{};
    if (exists) schedule.counts[frame] = counts;
#pragma unroll
    for (int i = 0; i < Consumers; ++i) {
      int32_t tiles = tiles_of<Consumers>(counts, i + 1);
#pragma unroll
      for (int step = 1; step < 32; step *= 2) {
        const int32_t others = __shfl_up_sync(~0U, tiles, step);
        if (lane >= step) tiles += others;
      }
      if (exists) schedule.ends[i][frame] = total[i] + tiles;
      total[i] += __shfl_sync(~0U, tiles, 31);
    }
  }
  int32_t tiles[Consumers + 1] = {}; /* of more than i units */
#pragma unroll
  for (int i = Consumers - 1; i >= 0; --i) tiles[i] = tiles[i + 1] + a.heads * total[i];
  const int32_t whole = tiles[0] - tiles[0] % blocks;
  int32_t piece = Consumers;
#pragma unroll
  for (int units = Consumers - 1; units > 0; --units) {
    int32_t pieces = 0;
#pragma unroll
    for (int before = 0; before < Consumers; before += units) pieces += max(0, tiles[before] - whole);
    if (pieces <= blocks) piece = units;
  }
  if (lane != 0) return;
#pragma unroll
  for (int i = 0; i <= Consumers; ++i) schedule.tiles[i + 1] = tiles[i];
  schedule.whole = whole;
  schedule.piece = piece;
}

/* The work of a number. A piece of a tile of which no rows are left has a count of 0 or less. */
template <int Consumers>
__device__ Task task_of(const Args& a, const Schedule<Consumers>& schedule, int32_t number) {
  int32_t tile = number;
  int32_t before = 0; /* units of the tile that are other pieces */
  int32_t units = Consumers;
  if (number >= schedule.whole) {
    const auto pieces = [&] { return max(0, schedule.tiles[before + 1] - schedule.whole); }; /* that have as many before them */
    units = schedule.piece;
    tile -= schedule.whole;
    while (before < Consumers && tile >= pieces()) {
      tile -= pieces();
      before += units;
    }
    if (before >= Consumers) return {-1, 0, {}};
    tile += schedule.whole;
  }
  int of_units = Consumers;
  while (tile >= schedule.tiles[of_units]) --of_units;
  tile -= schedule.tiles[of_units + 1];
  const int32_t* ends = schedule.ends[of_units - 1];
  int32_t frame = 0;
  for (int32_t last = a.frames - 1; frame < last;) { /* the first that ends behind the tile */
    const int32_t middle = (frame + last) / 2;
    if (tile < a.heads * ends[middle]) {
      last = middle;
    } else {
      frame = middle + 1;
    }
  }
  const int32_t earlier = frame == 0 ? 0 : ends[frame - 1];
  const int32_t tiles = ends[frame] - earlier;
  const int32_t local = tile - a.heads * earlier;
  const int32_t head = local / tiles;
  RunTile rows = tile_of_units<Consumers>(schedule.counts[frame], of_units, local - head * tiles);
  rows.first += before * kWarpgroupRows;
  rows.count = min(rows.count - before * kWarpgroupRows, units * kWarpgroupRows);
  return {frame, head, rows};
}

/* A place in a ring of stages, and the parity of the round. */
template <int Stages>
struct Ring {
  int stage = 0;
  uint32_t parity = 0;
  __device__ void advance() {
    if (++stage == Stages) {
      stage = 0;
      parity ^= 1;
    }
  }
};

__device__ uint32_t nth(uint64_t* barriers, int i) { return shared_address(barriers + i); }

/* Every thread of a consumer or of a warp that gathers takes the next task; false when there is none. */
template <int D>
__device__ bool next_task(Shared<D>& shared, Ring<kTasks>& ring, Task& task) {
  barrier_wait(nth(shared.task_full, ring.stage), ring.parity);
  task = shared.tasks[ring.stage];
  barrier_arrive(nth(shared.task_empty, ring.stage));
  ring.advance();
  return task.frame >= 0;
}

template <int D>
__device__ void produce_keys(const CUtensorMap& k0, const CUtensorMap& k2, const CUtensorMap& v2, const Args& a, Shared<D>& shared) {
  using S = Shape<D>;
  Ring<S::kStages> ring;
  Ring<kTasks> tasks;
  const auto next_number = [&] { return static_cast<int32_t>(gridDim.x) + atomicAdd(a.next_tile, 1); };
  const auto publish = [&](int32_t number) {
    Task task = task_of(a, shared.schedule, number);
    while (task.frame >= 0 && task.tile.count <= 0) task = task_of(a, shared.schedule, next_number());
    barrier_wait(nth(shared.task_empty, tasks.stage), tasks.parity ^ 1);
    shared.tasks[tasks.stage] = task;
    barrier_arrive(nth(shared.task_full, tasks.stage));
    tasks.advance();
    return task;
  };
  const int32_t last = (a.keys - 1) / S::kKeys;
  /* Where there is room for the queries of another tile, they are gathered while the last keys of this one are on their way. */
  const int32_t early = S::kQueries > 1 ? min(3, last) : 0;
  Task task = publish(static_cast<int32_t>(blockIdx.x));
  while (task.frame >= 0) {
    Task next;
#pragma unroll 1
    for (int pass = 0; pass < 2; ++pass) {
      if (!(pass == 0 ? task.tile.source : task.tile.edit)) continue;
      const CUtensorMap* keys = pass == 0 ? &k0 : &k2;
      const int32_t key_frame = (pass == 0 ? a.shared_keys0 : a.shared_keys2) ? 0 : task.frame;
      const int32_t value_frame = a.shared_values ? 0 : task.frame;
#pragma unroll 1
      for (int32_t block = last; block >= 0; --block) {
        const auto load = [&](const CUtensorMap* map, unsigned char* stages, uint64_t* full, uint64_t* empty, int32_t frame) {
          barrier_wait(nth(empty, ring.stage), ring.parity ^ 1);
          barrier_arrive_expect(nth(full, ring.stage), S::kStageBytes);
#pragma unroll
          for (int chunk = 0; chunk < S::kChunks; ++chunk) {
            copy_box(shared_address(stages + ring.stage * S::kStageBytes + chunk * S::kKeyChunk), map, chunk * kChunk, block * S::kKeys,
                     task.head, frame, nth(full, ring.stage));
          }
        };
        load(keys, shared.key, shared.key_full, shared.key_empty, key_frame);
        load(&v2, shared.value, shared.value_full, shared.value_empty, value_frame);
        ring.advance();
        const bool last_pass = pass == 1 || !task.tile.edit;
        if (block == early && last_pass) next = publish(next_number());
      }
    }
    task = next;
  }
}

/* One warp gathers the 64 rows of one consumer. Rows past the end repeat the last; channels past the end are 0. */
template <typename T, int D>
__device__ void produce_queries(const Args& a, Shared<D>& shared, int consumer) {
  using S = Shape<D>;
  constexpr int kPieces = S::kSteps * 2; /* 16 bytes each, of a row */
  constexpr int kLanes = 32;
  const int lane = static_cast<int>(threadIdx.x) % kLanes;
  Ring<S::kQueries> ring;
  Ring<kTasks> tasks;
  Task task;
  while (next_task(shared, tasks, task)) {
    const int32_t first = consumer * kWarpgroupRows;
    if (first >= task.tile.count) continue;
    const int32_t* rows = a.runs.rows + static_cast<int64_t>(task.frame) * a.queries + task.tile.first;
    const auto row_of = [&](int i) { return rows[min(first + i, task.tile.count - 1)]; };
    const int32_t mine[2] = {row_of(lane), row_of(kLanes + lane)}; /* both in flight at once */
#pragma unroll 1
    for (int pass = 0; pass < 2; ++pass) {
      if (!(pass == 0 ? task.tile.source : task.tile.edit)) continue;
      const Operand& q = pass == 0 ? a.q0 : a.q2;
      const T* from = static_cast<const T*>(q.data) + task.frame * q.outer + task.head * q.head;
      const int slot = consumer * S::kQueries + ring.stage;
      const uint32_t to = shared_address(shared.query + slot * S::kQueryBytes);
      barrier_wait(nth(shared.query_empty, slot), ring.parity ^ 1);
#pragma unroll
      for (int half = 0; half < 2; ++half) {
        shared.rows[slot][half * kLanes + lane] = mine[half];
#pragma unroll 1
        for (int i = lane; i < kLanes * kPieces; i += kLanes) {
          const int row = i / kPieces;
          const int piece = i % kPieces;
          const bool exists = piece * 8 < D;
          const T* at = from + __shfl_sync(~0U, mine[half], row) * q.row + (exists ? piece * 8 : 0);
          const uint32_t place = to + piece / 8 * S::kQueryChunk + (half * kLanes + row) * kRowBytes + (piece % 8 ^ row % 8) * 16;
          asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(place), "l"(at), "r"(exists ? 16 : 0) : "memory");
        }
      }
      asm volatile("cp.async.wait_all;" ::: "memory");
      fence_for_async_proxy();
      barrier_arrive(nth(shared.query_full, slot));
      ring.advance();
    }
  }
}

template <typename T, int D>
__device__ void consume(const Args& a, Shared<D>& shared, int consumer) {
  using S = Shape<D>;
  constexpr int kScores = S::kKeys / 2; /* of a thread, of its two rows */
  const int lane = static_cast<int>(threadIdx.x) % 32;
  const int warp = static_cast<int>(threadIdx.x) / 32 % 4;
  const bool leader = lane == 0;
  Ring<S::kStages> keys;
  Ring<S::kStages> values;
  Ring<S::kQueries> queries;
  const uint64_t query_base = matrix_descriptor(shared_address(shared.query + consumer * S::kQueries * S::kQueryBytes), 0);
  const uint64_t key_base = matrix_descriptor(shared_address(shared.key), 0);
  const uint64_t value_base = matrix_descriptor(shared_address(shared.value), S::kKeyChunk);
  const int32_t blocks = (a.keys + S::kKeys - 1) / S::kKeys;

  float scores[kScores];
  uint32_t weights[kScores / 2];
  float result[D / 2];

  const auto start_scores = [&] { /* of the next block of keys */
                                  barrier_wait(nth(shared.key_full, keys.stage), keys.parity);
                                  const uint64_t query = query_base + (queries.stage * S::kQueryBytes >> 4);
                                  const uint64_t key = key_base + (keys.stage * S::kStageBytes >> 4);
                                  wgmma_fence();
#pragma unroll
                                  for (int step = 0; step < S::kSteps; ++step) {
                                    const int chunk = step / 4;
                                    const int at = step % 4 * 32;
                                    WgmmaShared<T, kScores>::run(scores, query + (chunk * S::kQueryChunk + at >> 4),
                                                                 key + (chunk * S::kKeyChunk + at >> 4), step > 0);
                                  }
                                  wgmma_commit();
  };
  const auto start_result = [&] { /* result += weights * the next block of values */
                                  barrier_wait(nth(shared.value_full, values.stage), values.parity);
                                  const uint64_t value = value_base + (values.stage * S::kStageBytes >> 4);
                                  wgmma_fence();
#pragma unroll
                                  for (int step = 0; step < S::kKeys / 16; ++step) {
                                    WgmmaRegisters<T, D / 2>::run(result, weights[4 * step], weights[4 * step + 1], weights[4 * step + 2],
                                                                  weights[4 * step + 3], value + (step * 16 * kRowBytes >> 4));
                                  }
                                  wgmma_commit();
  };
  const auto release = [&](uint64_t* empty, Ring<S::kStages>& ring) {
    if (leader) barrier_arrive(nth(empty, ring.stage));
    ring.advance();
  };
  const auto round_weights = [&] {
#pragma unroll
    for (int i = 0; i < kScores / 2; ++i) weights[i] = pack<T>(scores[2 * i], scores[2 * i + 1]);
  };

  const auto await_turn = [&] { sync_named(consumer, 2 * kWarpgroup); };
  const auto end_turn = [&] { arrive_named((consumer + 1) % S::kConsumers, 2 * kWarpgroup); };
  Ring<kTasks> tasks;
  Task task;
  if (consumer == S::kConsumers - 1) end_turn();
  while (next_task(shared, tasks, task)) {
    const int32_t first = consumer * kWarpgroupRows;
#pragma unroll 1
    for (int pass = 0; pass < 2; ++pass) {
      if (!(pass == 0 ? task.tile.source : task.tile.edit)) continue;
      if (first >= task.tile.count) { /* no rows: keep step with the others */
#pragma unroll 1
        for (int32_t block = 0; block < blocks; ++block) {
          if (block > 0) {
            await_turn();
            end_turn();
          }
          barrier_wait(nth(shared.key_full, keys.stage), keys.parity);
          release(shared.key_empty, keys);
          barrier_wait(nth(shared.value_full, values.stage), values.parity);
          release(shared.value_empty, values);
        }
        continue;
      }

      RowSoftmax softmax;
      float rescale[2];
#pragma unroll
      for (int i = 0; i < D / 2; ++i) result[i] = 0.0F;

      const int slot = consumer * S::kQueries + queries.stage;
      barrier_wait(nth(shared.query_full, slot), queries.parity);
      start_scores();
      wgmma_wait<0>();
      pin(scores);
      release(shared.key_empty, keys);
      const int32_t last = (blocks - 1) * S::kKeys;
      if (last + S::kKeys > a.keys) hide_tail(scores, last + lane % 4 * 2, a.keys);
      softmax.step(scores, a.scale, rescale);
      round_weights();

#pragma unroll 1
      for (int32_t block = 1; block < blocks; ++block) {
        await_turn();
        start_scores();
        start_result();
        end_turn();
        wgmma_wait<1>();
        pin(scores);
        release(shared.key_empty, keys);
        softmax.step(scores, a.scale, rescale);
        wgmma_wait<0>();
        pin(result);
        pin(weights);
        release(shared.value_empty, values);
        round_weights();
        if (__any_sync(~0U, rescale[0] != 1.0F || rescale[1] != 1.0F)) {
#pragma unroll
          for (int i = 0; i < D / 2; ++i) result[i] *= rescale[i / 2 % 2];
        }
      }
      const int place = warp * 16 + lane / 4;
      const int32_t rows[2] = {shared.rows[slot][place], shared.rows[slot][place + 8]};
      barrier_arrive(nth(shared.query_empty, slot));
      queries.advance();
      start_result();
      wgmma_wait<0>();
      pin(result);
      release(shared.value_empty, values);

      const bool both = task.tile.source && task.tile.edit;
      const int64_t frame_rows = static_cast<int64_t>(task.frame) * a.queries;
#pragma unroll
      for (int r = 0; r < 2; ++r) {
        const bool exists = first + place + 8 * r < task.tile.count;
        float weight = 1.0F;
        if (both) {
          const float m = a.mask[frame_rows + rows[r]];
          weight = pass == 0 ? 1.0F - m : m;
        }
        T* to = static_cast<T*>(a.out.data) + task.frame * a.out.outer + task.head * a.out.head + rows[r] * a.out.row;
        store_row<T>(result, r, softmax.finish(r, weight), both && pass == 1, exists ? to : nullptr);
      }
    }
  }
}

/* While the rows are being ordered: into the L2 cache what the stages hold at first of the keys and values of the first wave of tiles.
 * Those were written before the rows began to be ordered, so nobody needs to be waited for. One thread. */
template <int D>
__device__ void prefetch_keys(const CUtensorMap& k0, const CUtensorMap& k2, const CUtensorMap& v2, const Args& a) {
  using S = Shape<D>;
  const auto blocks = static_cast<int32_t>(gridDim.x);
  const int32_t tiles = max(1, a.queries / S::kRows);
  const int32_t heads = min(a.frames * a.heads, (blocks + tiles - 1) / tiles);
  const int32_t all = (a.keys + S::kKeys - 1) / S::kKeys; /* blocks of keys, of which the last is the first to be computed */
  const int32_t boxes = min(S::kStages, all);
  for (auto i = static_cast<int32_t>(blockIdx.x); i < heads * boxes; i += blocks) {
    const int32_t head = i / boxes % a.heads;
    const int32_t frame = i / boxes / a.heads;
    const int32_t row = (all - 1 - i % boxes) * S::kKeys;
#pragma unroll
    for (int chunk = 0; chunk < S::kChunks; ++chunk) {
      prefetch_box(&k0, chunk * kChunk, row, head, a.shared_keys0 ? 0 : frame);
      prefetch_box(&k2, chunk * kChunk, row, head, a.shared_keys2 ? 0 : frame);
      prefetch_box(&v2, chunk * kChunk, row, head, a.shared_values ? 0 : frame);
    }
  }
}

template <typename T, int D>
__global__ void __launch_bounds__(Shape<D>::kThreads, 1)
    self_attention_kernel(const __grid_constant__ CUtensorMap k0, const __grid_constant__ CUtensorMap k2,
                          const __grid_constant__ CUtensorMap v2, const __grid_constant__ Args a) {
#if defined(__CUDA_ARCH_FEAT_SM90_ALL)
  using S = Shape<D>;
  extern __shared__ unsigned char raw[];
  auto& shared = *reinterpret_cast<Shared<D>*>(raw + (1024 - shared_address(raw) % 1024) % 1024);
  const int thread = static_cast<int>(threadIdx.x);

  if (thread == 0) {
    prefetch_map(&k0);
    prefetch_map(&k2);
    prefetch_map(&v2);
    constexpr uint32_t kConsumerWarps = S::kConsumers * 4;
    for (int i = 0; i < S::kConsumers * S::kQueries; ++i) {
      barrier_init(nth(shared.query_full, i), 32);
      barrier_init(nth(shared.query_empty, i), kWarpgroup);
    }
    for (int i = 0; i < S::kStages; ++i) {
      barrier_init(nth(shared.key_full, i), 1);
      barrier_init(nth(shared.key_empty, i), kConsumerWarps);
      barrier_init(nth(shared.value_full, i), 1);
      barrier_init(nth(shared.value_empty, i), kConsumerWarps);
    }
    for (int i = 0; i < kTasks; ++i) {
      barrier_init(nth(shared.task_full, i), 1);
      barrier_init(nth(shared.task_empty, i), S::kConsumers * (kWarpgroup + 32));
    }
    fence_for_async_proxy();
  }
  if (thread == 32) prefetch_keys<D>(k0, k2, v2, a);
  wait_for_previous_launch();
  if (thread < 32) make_schedule(a, shared.schedule);
  __syncthreads();

  const int group = thread / kWarpgroup;
  if (group == S::kConsumers) {
    give_registers<S::kProducerRegisters>();
    const int warp = thread / 32 % 4;
    if (warp == 0) {
      if (thread % 32 == 0) produce_keys<D>(k0, k2, v2, a, shared);
    } else if (warp <= S::kConsumers) {
      produce_queries<T, D>(a, shared, warp - 1);
    }
  } else {
    take_registers<S::kConsumerRegisters>();
    consume<T, D>(a, shared, group);
  }
#else
  __trap(); /* built for 9.0 without the instructions of its own (90a) */
#endif
}

PFN_cuTensorMapEncodeTiled_v12000 tensor_map_encoder() {
  void* function = nullptr;
  cudaDriverEntryPointQueryResult found = cudaDriverEntryPointSymbolNotFound;
  if (cudaGetDriverEntryPointByVersion("cuTensorMapEncodeTiled", &function, 12000, cudaEnableDefault, &found) != cudaSuccess)
    return nullptr;
  return found == cudaDriverEntryPointSuccess ? reinterpret_cast<PFN_cuTensorMapEncodeTiled_v12000>(function) : nullptr;
}

/* Boxes of [keys,64 channels] of x [F,H,N,D]; what lies outside reads as 0. */
cudaError_t map_of(const Operand& x, Element element, int64_t frames, int64_t heads, int64_t rows, int64_t dim, int box_rows,
                   CUtensorMap& map) {
  static const PFN_cuTensorMapEncodeTiled_v12000 encode = tensor_map_encoder();
  if (encode == nullptr) return cudaErrorNotSupported;
  const auto size = [](int64_t n) { return static_cast<cuuint64_t>(n); };
  /* The stride of a dimension of 1 can be anything, but not to the encoder. */
  const auto stride = [&](int64_t n, int64_t elements) { return size(n == 1 ? dim * 2 : elements * 2); };
  const int64_t outer = x.outer == 0 ? 1 : frames;
  const cuuint64_t sizes[4] = {size(dim), size(rows), size(heads), size(outer)};
  const cuuint64_t strides[3] = {stride(rows, x.row), stride(heads, x.head), stride(outer, x.outer)};
  const cuuint32_t box[4] = {kChunk, static_cast<cuuint32_t>(box_rows), 1, 1};
  const cuuint32_t steps[4] = {1, 1, 1, 1};
  const CUtensorMapDataType type = element == Element::kF16 ? CU_TENSOR_MAP_DATA_TYPE_FLOAT16 : CU_TENSOR_MAP_DATA_TYPE_BFLOAT16;
  const CUresult result = encode(&map, type, 4, x.data, sizes, strides, box, steps, CU_TENSOR_MAP_INTERLEAVE_NONE,
                                 CU_TENSOR_MAP_SWIZZLE_128B, CU_TENSOR_MAP_L2_PROMOTION_L2_128B, CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE);
  return result == CUDA_SUCCESS ? cudaSuccess : cudaErrorInvalidValue;
}

Operand from_frame(Operand x, int64_t frame) {
  x.data = static_cast<char*>(x.data) + frame * x.outer * 2;
  return x;
}

/* Frames [first, first+frames). */
template <typename T, int D>
cudaError_t launch(const SelfAttention& p, int64_t first, int64_t frames, int processors, cudaStream_t stream) {
  using S = Shape<D>;
  const auto part = [&](const Operand& x) { return from_frame(x, first); };
  CUtensorMap maps[3];
  const Operand operands[3] = {part(p.k0), part(p.k2), part(p.v2)};
  for (int i = 0; i < 3; ++i) {
    const cudaError_t error = map_of(operands[i], p.element, frames, p.heads, p.keys, D, S::kKeys, maps[i]);
    if (error != cudaSuccess) return error;
  }
  RowRuns runs = runs_in(p.runs, p.frames);
  runs.counts += first;
  runs.rows += first * p.queries;
  const auto n32 = [](int64_t n) { return static_cast<int32_t>(n); };
  const Args args{part(p.q0),
                  part(p.q2),
                  part(p.out),
                  p.mask == nullptr ? nullptr : p.mask + first * p.queries,
                  runs,
                  tile_counters(p.runs, p.frames, p.queries) + first / kFramesOfCounter,
                  n32(frames),
                  n32(p.heads),
                  n32(p.queries),
                  n32(p.keys),
                  p.k0.outer == 0,
                  p.k2.outer == 0,
                  p.v2.outer == 0,
                  p.scale};

  constexpr size_t kBytes = sizeof(Shared<D>) + 1024;
  cudaError_t error = cudaFuncSetAttribute(self_attention_kernel<T, D>, cudaFuncAttributeMaxDynamicSharedMemorySize, kBytes);
  if (error != cudaSuccess) return error;
  const int64_t pieces = frames * p.heads * most_tiles(p.queries, kWarpgroupRows);
  cudaLaunchConfig_t config{};
  config.gridDim = dim3(static_cast<unsigned>(std::min<int64_t>(processors, pieces)));
  config.blockDim = dim3(S::kThreads);
  config.dynamicSmemBytes = kBytes;
  config.stream = stream;
  cudaLaunchAttribute attribute{};
  attribute.id = cudaLaunchAttributeProgrammaticStreamSerialization;
  attribute.val.programmaticStreamSerializationAllowed = 1;
  config.attrs = &attribute;
  config.numAttrs = first == 0 ? 1 : 0; /* a later launch follows attention, not find_runs() */
  return cudaLaunchKernelEx(&config, self_attention_kernel<T, D>, maps[0], maps[1], maps[2], args);
}

template <typename T>
cudaError_t launch_all(const SelfAttention& p, cudaStream_t stream) {
  int device = 0;
  int processors = 0;
  cudaError_t error = cudaGetDevice(&device);
  if (error == cudaSuccess) error = cudaDeviceGetAttribute(&processors, cudaDevAttrMultiProcessorCount, device);
  for (int64_t first = 0; first < p.frames && error == cudaSuccess; first += kMostFrames) {
    const int64_t frames = std::min<int64_t>(kMostFrames, p.frames - first);
    error = with_head_dim(p.dim, [&](auto dim) { return launch<T, decltype(dim)::value>(p, first, frames, processors, stream); });
  }
  return error;
}

}  // namespace

cudaError_t self_attention_hopper(const SelfAttention& p, cudaStream_t stream) {
  return p.element == Element::kF16 ? launch_all<Half>(p, stream) : launch_all<Bfloat16>(p, stream);
}

}  // namespace fmk::kernels::cuda
