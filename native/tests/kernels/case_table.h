#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

/*
 * The cases of the attention kernels, shared by tests/kernels (all of them, against f64) and benchmarks/native (those that are `timed`).
 *
 * What a case is there for:
 *   rows       a tile holds 3 vectors of query rows (48 with AVX-512, 24 with AVX2, 12 portable); counts of 1, 2 and 3 vectors and their
 * tails keys       blocks of 64 keys: less than one, one, one and a tail of 1, several channels   whole vectors (32, 64, 128, 160) and a
 * tail (8, 40, 80); the kernels' limits 8 and 256 masks      each run alone (all source, all edit), both mixed, single rows, fractional
 * rows that need both products, none tokens     1, below and above a vector, no multiple of anything (77), the limit 128 frames     1,
 * below and above 4 and a vector, the limit 64
 */
namespace fmk::cases {

enum class MaskKind {
  kNone,         /* no mask: the source everywhere */
  kZeros,        /* the source everywhere */
  kOnes,         /* the edit everywhere */
  kCheckerboard, /* every other row */
  kSingleRow,    /* one row of the edit */
  kBlob,         /* a quarter of the rows, next to each other */
  kFractional,   /* anything between 0 and 1, both ends included */
};

inline const char* name_of(MaskKind kind) {
  switch (kind) {
    case MaskKind::kNone:
      return "none";
    case MaskKind::kZeros:
      return "zeros";
    case MaskKind::kOnes:
      return "ones";
    case MaskKind::kCheckerboard:
      return "checkerboard";
    case MaskKind::kSingleRow:
      return "single-row";
    case MaskKind::kBlob:
      return "blob";
    case MaskKind::kFractional:
      return "fractional";
  }
  return "";
}

struct SelfCase {
  int64_t frames, heads, queries, dim;
  MaskKind mask;
  bool timed = false;
};

inline std::vector<SelfCase> self_cases() {
  std::vector<SelfCase> cases;
  /* Every mask at a size with several key blocks and row tails. */
  for (MaskKind mask : {MaskKind::kNone, MaskKind::kZeros, MaskKind::kOnes, MaskKind::kCheckerboard, MaskKind::kSingleRow, MaskKind::kBlob,
                        MaskKind::kFractional}) {
    cases.push_back({2, 2, 150, 40, mask});
  }
  /* Every length around a vector, a tile and a block of keys. */
  for (int64_t queries : {1, 2, 3, 5, 12, 13, 16, 17, 24, 25, 33, 47, 48, 49, 63, 64, 65, 129}) {
    cases.push_back({1, 1, queries, 32, MaskKind::kCheckerboard});
    cases.push_back({2, 1, queries, 8, MaskKind::kFractional});
  }
  /* Every head dimension. */
  for (int64_t dim : {8, 16, 24, 32, 40, 64, 80, 128, 160, 256}) cases.push_back({1, 3, 70, dim, MaskKind::kBlob});
  /* Sizes of models. */
  for (int64_t queries : {256, 1024, 4096}) {
    for (MaskKind mask : {MaskKind::kBlob, MaskKind::kCheckerboard, MaskKind::kFractional}) {
      cases.push_back({8, 5, queries, 64, mask, true});
    }
  }
  cases.push_back({8, 20, 256, 64, MaskKind::kBlob, true});
  cases.push_back({8, 5, 1024, 32, MaskKind::kBlob, true});
  return cases;
}

struct CrossCase {
  int64_t frames, heads, queries, tokens, dim;
  MaskKind mask;
  bool blend_first; /* the order of the authors' released code */
  bool mapped;      /* R and a */
  bool weighted;    /* equaliser and alpha */
  int64_t groups;   /* of captured words; 0 = control instead of capture */
  bool timed = false;
};

inline std::vector<CrossCase> cross_cases() {
  std::vector<CrossCase> cases;
  for (bool blend_first : {false, true}) {
    for (bool mapped : {false, true}) {
      for (bool weighted : {false, true}) {
        for (MaskKind mask : {MaskKind::kNone, MaskKind::kCheckerboard, MaskKind::kFractional}) {
          cases.push_back({2, 2, 37, 77, 40, mask, blend_first, mapped, weighted, 0});
        }
      }
    }
  }
  for (MaskKind mask : {MaskKind::kZeros, MaskKind::kOnes, MaskKind::kSingleRow, MaskKind::kBlob}) {
    cases.push_back({1, 2, 50, 77, 64, mask, false, true, true, 0});
  }
  for (int64_t tokens : {1, 2, 7, 15, 16, 17, 24, 64, 127, 128}) {
    cases.push_back({1, 1, 20, tokens, 32, MaskKind::kFractional, false, true, true, 0});
    cases.push_back({1, 3, 20, tokens, 32, MaskKind::kNone, false, false, false, 1});
  }
  for (int64_t queries : {1, 13, 17, 33, 48, 49, 100}) {
    cases.push_back({3, 2, queries, 77, 8, MaskKind::kBlob, false, true, false, 0});
    cases.push_back({3, 2, queries, 77, 8, MaskKind::kNone, false, false, false, 3});
  }
  for (int64_t dim : {8, 16, 24, 32, 40, 64, 80, 128, 160, 256}) {
    cases.push_back({1, 2, 30, 77, dim, MaskKind::kBlob, false, true, true, 0});
    cases.push_back({1, 2, 30, 77, dim, MaskKind::kNone, false, false, false, 2});
  }
  /* More heads in all than a dimension of a CUDA grid holds. */
  cases.push_back({33000, 2, 1, 2, 32, MaskKind::kFractional, false, true, true, 0});
  cases.push_back({33000, 2, 1, 2, 32, MaskKind::kNone, false, false, false, 1});
  /* Sizes of models. */
  for (int64_t queries : {256, 1024}) {
    cases.push_back({8, 5, queries, 77, 64, MaskKind::kBlob, false, true, true, 0, true});
    cases.push_back({8, 5, queries, 77, 64, MaskKind::kNone, false, false, false, 1, true});
  }
  for (const auto& [queries, heads] : {std::pair<int64_t, int64_t>{4096, 5}, {1024, 10}, {256, 20}}) {
    cases.push_back({8, heads, queries, 77, 64, MaskKind::kBlob, false, true, true, 0, true});
    cases.push_back({8, heads, queries, 77, 64, MaskKind::kNone, false, false, false, 1, true});
  }
  return cases;
}

struct TemporalCase {
  int64_t pixels, heads, frames, dim;
  bool controlled;
  bool mix_inputs;  /* mode qk */
  bool edit_inside; /* polarity */
  MaskKind mask;    /* over the frames of a pixel; the pixels differ */
  bool timed = false;
};

inline std::vector<TemporalCase> temporal_cases() {
  std::vector<TemporalCase> cases;
  for (bool mix_inputs : {false, true}) {
    for (bool edit_inside : {false, true}) {
      for (MaskKind mask : {MaskKind::kNone, MaskKind::kZeros, MaskKind::kOnes, MaskKind::kCheckerboard, MaskKind::kSingleRow,
                            MaskKind::kBlob, MaskKind::kFractional}) {
        cases.push_back({5, 2, 8, 40, true, mix_inputs, edit_inside, mask});
      }
    }
  }
  for (int64_t frames : {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 24, 31, 33, 63, 64}) {
    cases.push_back({3, 2, frames, 32, false, false, false, MaskKind::kNone});
    cases.push_back({3, 2, frames, 32, true, false, false, MaskKind::kFractional});
    cases.push_back({3, 2, frames, 32, true, true, true, MaskKind::kFractional});
  }
  for (int64_t dim : {8, 16, 24, 32, 40, 64, 80, 128, 160, 256}) {
    cases.push_back({3, 2, 6, dim, true, false, true, MaskKind::kBlob});
    cases.push_back({3, 2, 6, dim, false, false, false, MaskKind::kNone});
  }
  /* More heads in all than a dimension of a CUDA grid holds. */
  cases.push_back({33000, 2, 2, 32, true, false, true, MaskKind::kFractional});
  /* Sizes of models. */
  for (int64_t frames : {8, 16, 24}) {
    cases.push_back({1024, 5, frames, 64, false, false, false, MaskKind::kNone, true});
    cases.push_back({1024, 5, frames, 64, true, false, false, MaskKind::kBlob, true});
    cases.push_back({1024, 5, frames, 64, true, true, false, MaskKind::kBlob, true});
  }
  cases.push_back({256, 10, 64, 64, false, false, false, MaskKind::kNone, true});
  cases.push_back({256, 2, 8, 32, false, false, false, MaskKind::kNone, true});
  return cases;
}

}  // namespace fmk::cases
