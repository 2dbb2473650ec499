#pragma once

#include <algorithm>
#include <type_traits>

#include "kernels/cuda/cross_attention.h"
#include "kernels/cuda/matrix_units.cuh"

/*
 * Cross attention of 16-bit values. A block keeps the keys and values of a head in shared memory, and the token map, and streams queries:
 * a warp takes 16 rows at a time, has all their scores in registers, and writes 16 bytes a lane. The edited item's rows are computed after
 * the source's, whose probabilities are still there: so every item's rows are read once and written once. The grid is as large as the GPU,
 * and each block works through its share of a head's rows; blocks that follow each other have the same rows of other heads, which lie next
 * to each other in memory.
 *
 * Control, by row with mask m and by target token n (ops/masked_attention_reference.cpp), comes down to
 *
 *   B[n] = w[n] Y[n] + (s[n] - w[n]) p2[n]     Y = X R
 *   s = alpha e + 1 - alpha
 *   map, then blend: X = p0,                 w = (1-m) alpha e a
 *   blend, then map: X = m p2 + (1-m) p0,    w = alpha e a
 */
namespace fmk::kernels::cuda {

constexpr int kCrossWarps = 8; /* of a block */
constexpr int kCrossRows = 16; /* that a warp computes at a time */

/* Shared memory of a block: rows of keys, values and token map with strides (bytes) that keep a warp's reads off each other's banks. */
template <int kChunks, int kTiles>
struct CrossMemory {
  static constexpr int kTokens = 8 * kTiles;
  static constexpr int kKeyRow = (64 * kChunks + 63) / 128 * 128 + 64;
  static constexpr int kValueRow = 64 * kChunks + 16;
  static constexpr int kMatrixRow = 2 * kTokens + 16;

  static constexpr int kKeys = 0;
  static constexpr int kValues = kKeys + kTokens * kKeyRow;
  static constexpr int kGroups = kValues + kTokens * kValueRow; /* float [G][tokens]: how often a group has a token */
  /* With control only, after the groups. */
  int factors; /* float [2][tokens]: alpha e a, s */
  int source_keys;
  int source_values;
  int matrix;
  int filled; /* uint32_t [kTiles / 2]: for 16 columns of the matrix, which blocks of 16 rows are not all zeros */
  int bytes;

  __host__ __device__ CrossMemory(int groups, bool controlled, bool mapped)
      : factors(kGroups + groups * kTokens * 4),
        source_keys(factors + (controlled ? 2 * kTokens * 4 : 0)),
        source_values(source_keys + (controlled ? kTokens * kKeyRow : 0)),
        matrix(source_values + (controlled ? kTokens * kValueRow : 0)),
        filled(matrix + (controlled && mapped ? kTokens * kMatrixRow : 0)),
        bytes(filled + (controlled && mapped ? kTiles / 2 * 4 : 0)) {}
};

/* kChunks: of 32 channels; kTiles: of 8 tokens. */
template <typename T, int kChunks, int kTiles, bool kControl>
class CrossBlock {
 public:
  __device__ CrossBlock(const CrossAttention& p, const CrossItem& item, int64_t frame, int64_t head, char* shared)
      : p_(p), item_(item), frame_(frame), head_(head), shared_(shared), memory_(p.groups, kControl, p.matrix != nullptr) {}

  using Queries = uint4[kChunks][2];

  /* Fills the shared memory and loads what compute() takes first; ends with a barrier. All loads are in flight before the first is waited
   * for. */
  __device__ void prepare(int64_t first, Queries& q) const {
    const bool mapped = controlled() && p_.matrix != nullptr;
    const bool source_values = controlled() && item_.out0.data != nullptr;
    keys(item_.k, Memory::kKeys);
    if (controlled()) keys(item_.k0, memory_.source_keys);
    uint4 edit[kValueRounds];
    uint4 source[kValueRounds];
    float2 map[kMatrixRounds];
    float factor[3];
    load_values(item_.v, edit);
    if (source_values) load_values(item_.v0, source);
    if (mapped) load_matrix(map);
    if (controlled()) load_factors(factor);
    load(first, q);
    if (item_.maps != nullptr || item_.maps0 != nullptr) groups();
    store_values(edit, Memory::kValues);
    if (source_values) store_values(source, memory_.source_values);
    if (mapped) store_matrix(map);
    if (controlled()) store_factors(factor);
    asm volatile("cp.async.wait_all;" ::: "memory");
    __syncthreads();
  }

  /* Of 16 rows; without waiting, the source's where there is one. */
  __device__ void load(int64_t first, Queries& q) const { load(controlled() ? item_.q0 : item_.q, first, q); }

  /* 16 rows by one warp, of which `q` has what load() loaded. */
  __device__ void compute(int64_t first, Queries& q) const {
    Probabilities p;
    uint32_t maps[kTiles][2];
    float mask[2];
    if (controlled()) {
#pragma unroll
      for (int h = 0; h < 2; ++h) {
        const int64_t n = first + 8 * h + group_;
        mask[h] = item_.mask == nullptr ? 0.0F : n < p_.queries ? __ldg(item_.mask + frame_ * p_.queries + n) : 1.0F;
      }
      Queries q0;
#pragma unroll
      for (int c = 0; c < kChunks; ++c) {
#pragma unroll
        for (int h = 0; h < 2; ++h) q0[c][h] = q[c][h];
      }
      load(item_.q, first, q);
      source(first, q0, mask, maps);
    }
    probabilities(q, Memory::kKeys, p);
    if (item_.maps != nullptr) capture(item_.maps, first, p);
    if (controlled()) control(mask, maps, p);
    to_operand(p, maps);
    multiply_values(maps, Memory::kValues, item_.out, first);
  }

 private:
  using Memory = CrossMemory<kChunks, kTiles>;
  static constexpr int kThreads = 32 * kCrossWarps;
  static constexpr int kValueParts = 4 * kChunks; /* of a token, 16 bytes */
  static constexpr int kValueRounds = (Memory::kTokens * kValueParts + kThreads - 1) / kThreads;
  static constexpr int kMatrixPairs = Memory::kTokens / 2; /* of a row of R */
  static constexpr int kMatrixRounds = (Memory::kTokens * kMatrixPairs + kThreads - 1) / kThreads;
  static_assert(Memory::kTokens <= kThreads);
  using Probabilities = float[kTiles][4];

  const CrossAttention& p_;
  const CrossItem& item_;
  int64_t frame_;
  int64_t head_;
  char* shared_;
  Memory memory_;
  int group_ = static_cast<int>(threadIdx.x) % 32 / 4; /* g */
  int lane_ = static_cast<int>(threadIdx.x) % 4;       /* t */

  __device__ bool controlled() const { return kControl && item_.controlled; }

  __device__ T* row(const Operand& x, int64_t n) const { return static_cast<T*>(x.data) + frame_ * x.outer + head_ * x.head + n * x.row; }

  // ---- shared memory ----

  /* Tokens and channels that do not exist are zeros. Does not wait. */
  __device__ void keys(const Operand& k, int to) const {
    constexpr int kParts = 4 * kChunks;
    for (int i = static_cast<int>(threadIdx.x); i < Memory::kTokens * kParts; i += kThreads) {
      const int token = i / kParts;
      const int part = i % kParts;
      const bool exists = token < p_.tokens && 8 * part < p_.dim;
      const auto address = static_cast<uint32_t>(__cvta_generic_to_shared(shared_ + to + token * Memory::kKeyRow + 16 * part));
      const T* from = row(k, exists ? token : 0) + (exists ? 8 * part : 0);
      asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(address), "l"(from), "r"(exists ? 16 : 0) : "memory");
    }
  }

  __device__ void load_values(const Operand& v, uint4 (&part)[kValueRounds]) const {
#pragma unroll
    for (int r = 0; r < kValueRounds; ++r) {
      const int i = static_cast<int>(threadIdx.x) + r * kThreads;
      const int token = i / kValueParts;
      const int channel = i % kValueParts * 8;
      const bool exists = token < p_.tokens && channel < p_.dim;
      part[r] = load_or_zeros(row(v, token) + channel, exists);
    }
  }

  /* In a chunk of 32 channels the pair j of lane u's eight goes to pair u of eight columns j: then lane u gets its own channels. */
  __device__ void store_values(const uint4 (&part)[kValueRounds], int to) const {
#pragma unroll
    for (int r = 0; r < kValueRounds; ++r) {
      const int i = static_cast<int>(threadIdx.x) + r * kThreads;
      const int token = i / kValueParts;
      const int u = i % kValueParts;
      if (token >= Memory::kTokens) continue;
      auto* at = reinterpret_cast<uint32_t*>(shared_ + to + token * Memory::kValueRow + u / 4 * 64 + u % 4 * 4);
      at[0] = part[r].x;
      at[4] = part[r].y;
      at[8] = part[r].z;
      at[12] = part[r].w;
    }
  }

  __device__ void load_matrix(float2 (&pairs)[kMatrixRounds]) const {
    const auto tokens = static_cast<int>(p_.tokens);
#pragma unroll
    for (int r = 0; r < kMatrixRounds; ++r) {
      const int i = static_cast<int>(threadIdx.x) + r * kThreads;
      const int w = i / kMatrixPairs;
      const int n = i % kMatrixPairs * 2;
      const float* at = p_.matrix + w * tokens + n;
      pairs[r].x = w < tokens && n < tokens ? __ldg(at) : 0.0F;
      pairs[r].y = w < tokens && n + 1 < tokens ? __ldg(at + 1) : 0.0F;
    }
    auto* filled = reinterpret_cast<uint32_t*>(shared_ + memory_.filled);
    if (threadIdx.x < kTiles / 2) filled[threadIdx.x] = 0;
    __syncthreads();
  }

  /* R, rounded to T. A word maps to few words: most blocks of R are zeros, which compute() leaves out. */
  __device__ void store_matrix(const float2 (&pairs)[kMatrixRounds]) const {
    auto* filled = reinterpret_cast<uint32_t*>(shared_ + memory_.filled);
#pragma unroll
    for (int r = 0; r < kMatrixRounds; ++r) {
      const int i = static_cast<int>(threadIdx.x) + r * kThreads;
      const int w = i / kMatrixPairs;
      const int n = i % kMatrixPairs * 2;
      if (w >= Memory::kTokens) continue;
      const uint32_t pair = pack<T>(pairs[r].x, pairs[r].y);
      *reinterpret_cast<uint32_t*>(shared_ + memory_.matrix + w * Memory::kMatrixRow + 2 * n) = pair;
      if (pair != 0) atomicOr(filled + n / 16, 1U << w / 16);
    }
  }

  /* alpha, equaliser and weight of a token; a thread each. */
  __device__ void load_factors(float (&factor)[3]) const {
    const auto n = static_cast<int>(threadIdx.x);
    const auto value = [&](const float* x) { return x == nullptr || n >= p_.tokens ? 1.0F : __ldg(x + n); };
    factor[0] = value(p_.alpha);
    factor[1] = value(p_.equalizer);
    factor[2] = value(p_.weights);
  }

  __device__ void store_factors(const float (&factor)[3]) const {
    const auto n = static_cast<int>(threadIdx.x);
    if (n >= Memory::kTokens) return;
    auto* to = reinterpret_cast<float*>(shared_ + memory_.factors);
    const bool exists = n < p_.tokens;
    const float scaled = factor[0] * factor[1];
    to[n] = exists ? scaled * factor[2] : 0.0F;
    to[Memory::kTokens + n] = exists ? scaled + (1 - factor[0]) : 0.0F;
  }

  __device__ void groups() const {
    auto* to = reinterpret_cast<float*>(shared_ + Memory::kGroups);
    for (int i = static_cast<int>(threadIdx.x); i < p_.groups * Memory::kTokens; i += kThreads) {
      const int g = i / Memory::kTokens;
      constexpr int kTogether = 4; /* in flight */
      int count = 0;
      for (int w = 0; w < p_.group_sizes[g]; w += kTogether) {
#pragma unroll
        for (int j = 0; j < kTogether; ++j) {
          const int64_t token = w + j < p_.group_sizes[g] ? __ldg(p_.group_tokens[g] + w + j) : -1;
          count += token == i % Memory::kTokens ? 1 : 0;
        }
      }
      to[i] = static_cast<float>(count);
    }
  }

  // ---- rows ----

  /* Rows first+g and first+g+8; zeros where there are none. */
  __device__ void load(const Operand& q, int64_t first, Queries& a) const {
#pragma unroll
    for (int c = 0; c < kChunks; ++c) {
#pragma unroll
      for (int h = 0; h < 2; ++h) {
        const int64_t n = first + 8 * h + group_;
        const int channel = kChunk * c + 8 * lane_;
        const bool exists = n < p_.queries && channel < p_.dim;
        a[c][h] = load_or_zeros(row(q, n) + channel, exists);
      }
    }
  }

  /* softmax(q k^T) */
  __device__ void probabilities(const Queries& a, int keys, Probabilities& p) const {
#pragma unroll
    for (int j = 0; j < kTiles; ++j) {
#pragma unroll
      for (int e = 0; e < 4; ++e) p[j][e] = 0.0F;
#pragma unroll
      for (int c = 0; c < kChunks; ++c) {
        const uint4 b = *reinterpret_cast<const uint4*>(shared_ + keys + (8 * j + group_) * Memory::kKeyRow + 64 * c + 16 * lane_);
        Multiply<T>::by16(p[j], a[c][0].x, a[c][1].x, a[c][0].y, a[c][1].y, b.x, b.y);
        Multiply<T>::by16(p[j], a[c][0].z, a[c][1].z, a[c][0].w, a[c][1].w, b.z, b.w);
      }
      if (8 * j + 8 > p_.tokens) {
#pragma unroll
        for (int e = 0; e < 4; ++e) {
          if (8 * j + 2 * lane_ + e % 2 >= p_.tokens) p[j][e] = -INFINITY;
        }
      }
    }
#pragma unroll
    for (int h = 0; h < 2; ++h) {
      float most = -INFINITY;
#pragma unroll
      for (int j = 0; j < kTiles; ++j) most = fmaxf(most, fmaxf(p[j][2 * h], p[j][2 * h + 1]));
      most = quad_max(most) * p_.scale;
      float sum = 0.0F;
#pragma unroll
      for (int j = 0; j < kTiles; ++j) {
#pragma unroll
        for (int e = 2 * h; e < 2 * h + 2; ++e) {
          p[j][e] = exp2_fast(__fmaf_rn(p[j][e], p_.scale, -most));
          sum += p[j][e];
        }
      }
      const float factor = 1 / quad_sum(sum);
#pragma unroll
      for (int j = 0; j < kTiles; ++j) {
#pragma unroll
        for (int e = 2 * h; e < 2 * h + 2; ++e) p[j][e] *= factor;
      }
    }
  }

  /* Heads are added up in whatever order they come. Their shares are multiples of 2^-22 and the sum of all is 1, so every addition is exact
   * and the order does not matter. */
  __device__ void capture(float* maps, int64_t first, const Probabilities& p) const {
    constexpr float kStep = 0x1p-22F;
    const float heads = 1 / (kStep * static_cast<float>(p_.heads));
    for (int g = 0; g < p_.groups; ++g) {
      const auto* counts = reinterpret_cast<const float2*>(shared_ + Memory::kGroups + g * Memory::kTokens * 4);
      float sum[2] = {0.0F, 0.0F};
#pragma unroll
      for (int j = 0; j < kTiles; ++j) {
        const float2 count = counts[4 * j + lane_];
#pragma unroll
        for (int h = 0; h < 2; ++h) sum[h] += count.x * p[j][2 * h] + count.y * p[j][2 * h + 1];
      }
#pragma unroll
      for (int h = 0; h < 2; ++h) {
        const float share = rintf(quad_sum(sum[h]) * heads) * kStep;
        const int64_t n = first + 8 * h + group_;
        if (lane_ == h && n < p_.queries) atomicAdd(maps + (g * p_.frames + frame_) * p_.queries + n, share);
      }
    }
  }

  __device__ void to_operand(const Probabilities& p, uint32_t (&maps)[kTiles][2]) const {
#pragma unroll
    for (int j = 0; j < kTiles; ++j) {
#pragma unroll
      for (int h = 0; h < 2; ++h) maps[j][h] = pack<T>(p[j][2 * h], p[j][2 * h + 1]);
    }
  }

  /* The source's maps, where they or its result are wanted, else zeros. */
  __device__ void source(int64_t first, const Queries& q0, const float (&mask)[2], uint32_t (&maps)[kTiles][2]) const {
    if (item_.out0.data == nullptr && __all_sync(~0U, mask[0] >= 1 && mask[1] >= 1)) {
#pragma unroll
      for (int j = 0; j < kTiles; ++j) maps[j][0] = maps[j][1] = 0;
      return;
    }
    Probabilities p;
    probabilities(q0, memory_.source_keys, p);
    if (item_.maps0 != nullptr) capture(item_.maps0, first, p);
    to_operand(p, maps);
    if (item_.out0.data != nullptr) multiply_values(maps, memory_.source_values, item_.out0, first);
  }

  /* p2 becomes B. */
  __device__ void control(const float (&mask)[2], uint32_t (&x)[kTiles][2], Probabilities& p2) const {
    if (p_.blend_first) {
#pragma unroll
      for (int j = 0; j < kTiles; ++j) {
#pragma unroll
        for (int h = 0; h < 2; ++h) {
          const float2 p0 = unpack<T>(x[j][h]);
          x[j][h] = pack<T>(mask[h] * p2[j][2 * h] + (1 - mask[h]) * p0.x, mask[h] * p2[j][2 * h + 1] + (1 - mask[h]) * p0.y);
        }
      }
    }
    const auto* factor = reinterpret_cast<const float2*>(shared_ + memory_.factors);
#pragma unroll
    for (int j = 0; j < kTiles; j += 2) {
      float y[2][4];
      if (p_.matrix != nullptr) {
#pragma unroll
        for (int e = 0; e < 4; ++e) y[0][e] = y[1][e] = 0.0F;
        const uint32_t filled = reinterpret_cast<const uint32_t*>(shared_ + memory_.filled)[j / 2];
        multiply(x, memory_.matrix + 16 * j, Memory::kMatrixRow, y[0], y[1], filled);
      } else {
#pragma unroll
        for (int i = 0; i < 4; ++i) {
          const float2 same = unpack<T>(x[j + i / 2][i % 2]);
          y[i / 2][i % 2 * 2] = same.x;
          y[i / 2][i % 2 * 2 + 1] = same.y;
        }
      }
#pragma unroll
      for (int i = 0; i < 2; ++i) {
        const float2 of_y = factor[4 * (j + i) + lane_];
        const float2 of_all = factor[4 * (kTiles + j + i) + lane_];
#pragma unroll
        for (int e = 0; e < 4; ++e) {
          const float w = (e % 2 == 0 ? of_y.x : of_y.y) * (p_.blend_first ? 1.0F : 1 - mask[e / 2]);
          p2[j + i][e] = w * y[i][e] + ((e % 2 == 0 ? of_all.x : of_all.y) - w) * p2[j + i][e];
        }
      }
    }
  }

  /* Adds a [16 x tokens] times 16 columns of a matrix in shared memory to two tiles. Bit i of filled: the rows 16i .. are not zeros. */
  __device__ void multiply(const uint32_t (&a)[kTiles][2], int columns, int row_bytes, float (&left)[4], float (&right)[4],
                           uint32_t filled = ~0U) const {
    const int lane = static_cast<int>(threadIdx.x) % 32;
    const auto from = static_cast<uint32_t>(__cvta_generic_to_shared(shared_ + columns + lane % 16 * row_bytes + lane / 16 * 16));
#pragma unroll
    for (int k = 0; k < kTiles; k += 2) {
      if ((filled >> k / 2 & 1) == 0) continue;
      uint32_t b[4];
      asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0,%1,%2,%3}, [%4];"
                   : "=r"(b[0]), "=r"(b[1]), "=r"(b[2]), "=r"(b[3])
                   : "r"(from + 8 * k * row_bytes)
                   : "memory");
      Multiply<T>::by16(left, a[k][0], a[k][1], a[k + 1][0], a[k + 1][1], b[0], b[1]);
      Multiply<T>::by16(right, a[k][0], a[k][1], a[k + 1][0], a[k + 1][1], b[2], b[3]);
    }
  }

  __device__ void multiply_values(const uint32_t (&maps)[kTiles][2], int values, const Operand& out_rows, int64_t first) const {
#pragma unroll
    for (int c = 0; c < kChunks; ++c) {
      float out[4][4] = {};
      multiply(maps, values + 64 * c, Memory::kValueRow, out[0], out[1]);
      multiply(maps, values + 64 * c + 32, Memory::kValueRow, out[2], out[3]);
#pragma unroll
      for (int h = 0; h < 2; ++h) {
        const int64_t n = first + 8 * h + group_;
        const int channel = kChunk * c + 8 * lane_;
        const auto word = [&](int w) { return pack<T>(out[w][2 * h], out[w][2 * h + 1]); };
        if (n < p_.queries && channel < p_.dim) {
          *reinterpret_cast<uint4*>(row(out_rows, n) + channel) = make_uint4(word(0), word(1), word(2), word(3));
        }
      }
    }
  }
};

/* Blocks of item i: first[i] <= block < first[i+1]; parts[i] for a head. */
struct CrossGrid {
  int first[kMostCrossItems + 1];
  int parts[kMostCrossItems];
};

template <typename T, int kChunks, int kTiles, bool kControl>
__global__ void __launch_bounds__(32 * kCrossWarps, kTiles == 10 && kChunks <= 2 ? 2 : 1)
    cross_kernel(const __grid_constant__ CrossAttention p, const __grid_constant__ CrossGrid grid) {
  extern __shared__ char cross_shared[];
  int i = 0;
  while (static_cast<int>(blockIdx.x) >= grid.first[i + 1]) ++i;
  const int64_t block = static_cast<int>(blockIdx.x) - grid.first[i];
  const int64_t head = block % (p.frames * p.heads);
  const int64_t part = block / (p.frames * p.heads);
  const int64_t tiles = (p.queries + kCrossRows - 1) / kCrossRows;
  const int64_t end = tiles * (part + 1) / grid.parts[i];
  const CrossBlock<T, kChunks, kTiles, kControl> work(p, p.item[i], head / p.heads, head % p.heads, cross_shared);
  int64_t tile = tiles * part / grid.parts[i] + threadIdx.x / 32;
  typename CrossBlock<T, kChunks, kTiles, kControl>::Queries q;
  work.prepare(tile * kCrossRows, q);
  while (tile < end) {
    const int64_t first = tile * kCrossRows;
    work.compute(first, q);
    tile += kCrossWarps;
    if (tile < end) work.load(tile * kCrossRows, q);
  }
}

inline bool has_control(const CrossAttention& p) {
  return std::any_of(p.item, p.item + p.items, [](const CrossItem& item) { return item.controlled; });
}

/* Shares out as many blocks as the GPU holds at a time, by what an item's rows cost, as measured. */
inline CrossGrid share_out(const CrossAttention& p, int64_t blocks) {
  const int64_t heads = p.frames * p.heads;
  const int64_t tiles = (p.queries + kCrossRows - 1) / kCrossRows;
  const auto cost = [&](const CrossItem& item) -> int64_t {
    if (!item.controlled) return 4;
    return item.out0.data != nullptr ? 9 : 7;
  };
  int64_t all = 0;
  for (int i = 0; i < p.items; ++i) all += cost(p.item[i]);
  CrossGrid grid{};
  for (int i = 0; i < p.items; ++i) {
    const int64_t share = blocks * cost(p.item[i]) / all;
    /* With many heads what is left over by equal parts would be idle: then twice as many blocks follow each other. */
    const int64_t parts = share >= 3 * heads ? share / heads : (2 * share + heads - 1) / heads;
    grid.parts[i] = static_cast<int>(std::clamp<int64_t>(parts, 1, (tiles + kCrossWarps - 1) / kCrossWarps));
    grid.first[i + 1] = grid.first[i] + static_cast<int>(heads) * grid.parts[i];
  }
  return grid;
}

/* Picks the kernel of T for the sizes and launches it. */
template <typename T>
cudaError_t launch_cross(const CrossAttention& p, cudaStream_t stream) {
  const auto launch = [&](auto chunks, auto tiles, auto control) {
    constexpr int kC = decltype(chunks)::value;
    constexpr int kN = decltype(tiles)::value;
    const auto kernel = cross_kernel<T, kC, kN, decltype(control)::value>;
    const int bytes = CrossMemory<kC, kN>(p.groups, decltype(control)::value, p.matrix != nullptr).bytes;
    int device = 0;
    int processors = 0;
    int blocks = 0; /* of a processor */
    cudaError_t error = cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, bytes);
    if (error == cudaSuccess) error = cudaGetDevice(&device);
    if (error == cudaSuccess) error = cudaDeviceGetAttribute(&processors, cudaDevAttrMultiProcessorCount, device);
    if (error == cudaSuccess) error = cudaOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, kernel, 32 * kCrossWarps, bytes);
    if (error != cudaSuccess) return error;
    const CrossGrid grid = share_out(p, static_cast<int64_t>(processors) * std::max(blocks, 1));
    kernel<<<static_cast<unsigned>(grid.first[p.items]), 32 * kCrossWarps, bytes, stream>>>(p, grid);
    return cudaGetLastError();
  };
  const auto by_control = [&](auto chunks, auto tiles) {
    return has_control(p) ? launch(chunks, tiles, std::true_type()) : launch(chunks, tiles, std::false_type());
  };
  const auto by_tokens = [&](auto chunks) {
    if (cross_padding(p.tokens) == 80) return by_control(chunks, std::integral_constant<int, 10>());
    return by_control(chunks, std::integral_constant<int, 16>());
  };
  switch ((p.dim + kChunk - 1) / kChunk) {
    case 1:
      return by_tokens(std::integral_constant<int, 1>());
    case 2:
      return by_tokens(std::integral_constant<int, 2>());
    case 3:
      return by_tokens(std::integral_constant<int, 3>());
    case 4:
      return by_tokens(std::integral_constant<int, 4>());
    case 5:
      return by_tokens(std::integral_constant<int, 5>());
    default:
      return cudaErrorInvalidValue;
  }
}

/* Of each element, in a file of its own. */
cudaError_t cross_attention_f16(const CrossAttention& p, cudaStream_t stream);
cudaError_t cross_attention_bf16(const CrossAttention& p, cudaStream_t stream);
cudaError_t cross_attention_f32(const CrossAttention& p, cudaStream_t stream);

}  // namespace fmk::kernels::cuda
