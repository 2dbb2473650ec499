#include "kernels/cuda/attention_common.cuh"
#include "kernels/cuda/self_attention_kernels.h"

/*
 * A block takes one tile of query rows and walks over blocks of keys, the next of which is copied while this one is multiplied. Each warp
 * holds its rows' scores and result in registers. After Dao, FlashAttention-2, arXiv 2307.08691, section 3.
 */
namespace fmk::kernels::cuda {
namespace {

template <int D>
struct Shape {
  static constexpr int kWarps = 4;
  static constexpr int kThreads = kWarps * 32;
  static constexpr int kTiles = D <= 64 ? 2 : 1; /* of 16 rows, of a warp */
  static constexpr int kWarpRows = kTiles * 16;
  static constexpr int kRows = kWarps * kWarpRows;
  static constexpr int kKeys = D <= 80 ? 64 : 32; /* of a stage */
  static constexpr int kSteps = (D + 15) / 16;
  static constexpr int kWidth = kSteps * 16;
  static constexpr int kStride = kWidth + 8; /* 16 bytes more: the 8 rows of a matrix lie in different banks */
};

template <typename T, int D>
struct Shared {
  using S = Shape<D>;
  alignas(16) T query[S::kRows * S::kStride];
  T key[2][S::kKeys * S::kStride];
  T value[2][S::kKeys * S::kStride];
};

struct Args {
  Operand q0, k0, q2, k2, v2, out;
  const float* mask;
  RowRuns runs;
  int32_t heads, queries, keys;
  int32_t tiles; /* of a head, at most */
  float scale;
};

__device__ uint32_t address_of(const void* p) { return static_cast<uint32_t>(__cvta_generic_to_shared(p)); }

/* 16 bytes, or zeros. */
__device__ void copy_piece(void* to, const void* from, bool exists) {
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(address_of(to)), "l"(from), "r"(exists ? 16 : 0) : "memory");
}

/* Four 8 by 8 matrices, whose rows' addresses the lanes give. */
__device__ void load_matrices(uint32_t (&x)[4], const void* row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(x[0]), "=r"(x[1]), "=r"(x[2]), "=r"(x[3])
               : "r"(address_of(row)));
}
__device__ void load_transposed(uint32_t (&x)[4], const void* row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(x[0]), "=r"(x[1]), "=r"(x[2]), "=r"(x[3])
               : "r"(address_of(row)));
}

/* d[0..4) += a b, 16 by 16 times 16 by 8 */
template <typename T>
__device__ void multiply(float* d, const uint32_t (&a)[4], uint32_t b0, uint32_t b1);
template <>
__device__ void multiply<Half>(float* d, const uint32_t (&a)[4], uint32_t b0, uint32_t b1) {
  asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
               : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
               : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}
template <>
__device__ void multiply<Bfloat16>(float* d, const uint32_t (&a)[4], uint32_t b0, uint32_t b1) {
  asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
               : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
               : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

template <typename T, int D>
__global__ void __launch_bounds__(Shape<D>::kThreads) self_attention_kernel(const __grid_constant__ Args a) {
#if __CUDA_ARCH__ >= 800
  using S = Shape<D>;
  extern __shared__ __align__(16) unsigned char raw[];
  auto& shared = *reinterpret_cast<Shared<T, D>*>(raw);
  constexpr int kPieces = S::kWidth / 8;
  const int thread = static_cast<int>(threadIdx.x);
  const int lane = thread % 32;
  const int warp_row = thread / 32 * S::kWarpRows;

  const int32_t index = static_cast<int32_t>(blockIdx.x) / a.tiles;
  const int32_t frame = index / a.heads;
  const int32_t head = index % a.heads;
  const RunTile tile = tile_of(a.runs.counts[frame], static_cast<int32_t>(blockIdx.x) % a.tiles, S::kRows);
  if (tile.count == 0) return;
  const int64_t frame_rows = static_cast<int64_t>(frame) * a.queries;
  const int32_t* rows = a.runs.rows + frame_rows + tile.first;
  const int32_t blocks = (a.keys + S::kKeys - 1) / S::kKeys;
  const auto start_of = [&](const Operand& x) { return static_cast<const T*>(x.data) + frame * x.outer + head * x.head; };

  for (int pass = 0; pass < 2; ++pass) {
    if (!(pass == 0 ? tile.source : tile.edit)) continue;
    const Operand& q = pass == 0 ? a.q0 : a.q2;
    const Operand& k = pass == 0 ? a.k0 : a.k2;
    const T* queries = start_of(q);
    const T* keys = start_of(k);
    const T* values = start_of(a.v2);

    const auto copy_block = [&](int32_t block) {
      T* key = shared.key[block % 2];
      T* value = shared.value[block % 2];
      for (int i = thread; i < S::kKeys * kPieces; i += S::kThreads) {
        const int row = i / kPieces;
        const int piece = i % kPieces;
        const int32_t n = block * S::kKeys + row;
        const bool exists = n < a.keys && piece * 8 < D;
        copy_piece(key + row * S::kStride + piece * 8, exists ? keys + n * k.row + piece * 8 : keys, exists);
        copy_piece(value + row * S::kStride + piece * 8, exists ? values + n * a.v2.row + piece * 8 : values, exists);
      }
      asm volatile("cp.async.commit_group;" ::: "memory");
    };

    __syncthreads(); /* an earlier pass has read all */
    for (int i = thread; i < S::kRows * kPieces; i += S::kThreads) {
      const int row = i / kPieces;
      const int piece = i % kPieces;
      const bool exists = piece * 8 < D;
      copy_piece(shared.query + row * S::kStride + piece * 8, queries + rows[min(row, tile.count - 1)] * q.row + (exists ? piece * 8 : 0),
                 exists);
    }
    copy_block(0);

    float result[S::kTiles][D / 2] = {};
    RowSoftmax softmax[S::kTiles];
    for (int32_t block = 0; block < blocks; ++block) {
      const bool last = block + 1 == blocks;
      if (!last) copy_block(block + 1);
      if (last) {
        asm volatile("cp.async.wait_group 0;" ::: "memory");
      } else {
        asm volatile("cp.async.wait_group 1;" ::: "memory");
      }
      __syncthreads();
      const T* key = shared.key[block % 2];
      const T* value = shared.value[block % 2];

      float scores[S::kTiles][S::kKeys / 2] = {};
#pragma unroll
      for (int step = 0; step < S::kSteps; ++step) {
        uint32_t query[S::kTiles][4];
#pragma unroll
        for (int t = 0; t < S::kTiles; ++t) {
          load_matrices(query[t], shared.query + (warp_row + t * 16 + lane % 16) * S::kStride + step * 16 + lane / 16 * 8);
        }
#pragma unroll
        for (int pair = 0; pair < S::kKeys / 16; ++pair) {
          uint32_t b[4];
          load_matrices(b, key + (pair * 16 + lane % 8 + lane / 16 * 8) * S::kStride + step * 16 + lane / 8 % 2 * 8);
#pragma unroll
          for (int t = 0; t < S::kTiles; ++t) {
            multiply<T>(scores[t] + pair * 8, query[t], b[0], b[1]);
            multiply<T>(scores[t] + pair * 8 + 4, query[t], b[2], b[3]);
          }
        }
      }

      uint32_t weights[S::kTiles][S::kKeys / 4];
#pragma unroll
      for (int t = 0; t < S::kTiles; ++t) {
        if (last && blocks * S::kKeys > a.keys) hide_tail(scores[t], block * S::kKeys + lane % 4 * 2, a.keys);
        float rescale[2];
        softmax[t].step(scores[t], a.scale, rescale);
#pragma unroll
        for (int i = 0; i < D / 2; ++i) result[t][i] *= rescale[i / 2 % 2];
#pragma unroll
        for (int i = 0; i < S::kKeys / 4; ++i) weights[t][i] = pack<T>(scores[t][2 * i], scores[t][2 * i + 1]);
      }

#pragma unroll
      for (int step = 0; step < S::kKeys / 16; ++step) {
#pragma unroll
        for (int pair = 0; pair < S::kSteps; ++pair) {
          uint32_t b[4];
          load_transposed(b, value + (step * 16 + lane % 16) * S::kStride + pair * 16 + lane / 16 * 8);
#pragma unroll
          for (int t = 0; t < S::kTiles; ++t) {
            const uint32_t w[4] = {weights[t][4 * step], weights[t][4 * step + 1], weights[t][4 * step + 2], weights[t][4 * step + 3]};
            multiply<T>(result[t] + pair * 8, w, b[0], b[1]);
            if (pair * 16 + 8 < D) multiply<T>(result[t] + pair * 8 + 4, w, b[2], b[3]);
          }
        }
      }
      __syncthreads(); /* before the next copy overwrites */
    }

    const bool both = tile.source && tile.edit;
#pragma unroll
    for (int t = 0; t < S::kTiles; ++t) {
#pragma unroll
      for (int r = 0; r < 2; ++r) {
        const int32_t n = warp_row + t * 16 + lane / 4 + 8 * r;
        const bool exists = n < tile.count;
        const int32_t row = exists ? rows[n] : 0;
        float weight = 1.0F;
        if (both && exists) {
          const float m = a.mask[frame_rows + row];
          weight = pass == 0 ? 1.0F - m : m;
        }
        T* to = static_cast<T*>(a.out.data) + frame * a.out.outer + head * a.out.head + row * a.out.row;
        store_row<T>(result[t], r, softmax[t].finish(r, weight), both && pass == 1, exists ? to : nullptr);
      }
    }
  }
#else
  __trap();
#endif
}

template <typename T, int D>
cudaError_t launch(const SelfAttention& p, cudaStream_t stream) {
  using S = Shape<D>;
  const int64_t tiles = most_tiles(p.queries, S::kRows);
  const auto n32 = [](int64_t n) { return static_cast<int32_t>(n); };
  const Args args{p.q0,         p.k0,           p.q2,        p.k2,       p.v2,   p.out, p.mask, runs_in(p.runs, p.frames),
                  n32(p.heads), n32(p.queries), n32(p.keys), n32(tiles), p.scale};
  constexpr int kBytes = sizeof(Shared<T, D>);
  const cudaError_t error = cudaFuncSetAttribute(self_attention_kernel<T, D>, cudaFuncAttributeMaxDynamicSharedMemorySize, kBytes);
  if (error != cudaSuccess) return error;
  self_attention_kernel<T, D><<<static_cast<unsigned>(p.frames * p.heads * tiles), S::kThreads, kBytes, stream>>>(args);
  return cudaGetLastError();
}

}  // namespace

cudaError_t self_attention_ampere(const SelfAttention& p, cudaStream_t stream) {
  return with_head_dim(p.dim, [&](auto dim) {
    constexpr int kDim = decltype(dim)::value;
    return p.element == Element::kF16 ? launch<Half, kDim>(p, stream) : launch<Bfloat16, kDim>(p, stream);
  });
}

}  // namespace fmk::kernels::cuda
