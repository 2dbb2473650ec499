#pragma once

#include <ATen/core/Tensor.h>

#include <map>
#include <string>
#include <vector>

#include "model/unet/attention_info.h"

namespace fmk {

struct Plan;

/* Queries and keys of one attention layer: query [F,h*w,C], key the same or, of text, [L,C]. */
struct SourceState {
  at::Tensor query;
  at::Tensor key;
};

/* What a record of the source holds: where in one block of memory the queries and keys of each layer are. */
class SourceLayout {
 public:
  /* Of the layers that a plan controls, for latents [1,C,F,H,W] and L tokens. */
  SourceLayout(const std::vector<AttentionInfo>& layers, const Plan& plan, int64_t frames, int64_t height, int64_t width, int64_t tokens,
               at::ScalarType type);

  int64_t bytes() const { return bytes_; }

  /* Fails with the first layer of another layout that this one lacks or has in another size or dtype. */
  void require(const SourceLayout& wanted, int32_t record) const;

  /* A layer's part of a block [bytes] U8. */
  SourceState at(const at::Tensor& block, const std::string& layer) const;

  /* All about it, in words. */
  std::string kind() const;

 private:
  struct Part {
    std::vector<int64_t> sizes;
    int64_t offset; /* in bytes */
    bool operator==(const Part&) const = default;
  };
  struct Parts {
    Part query;
    Part key;
  };

  Part part(std::vector<int64_t> sizes);
  at::Tensor view(const at::Tensor& block, const Part& part) const;

  at::ScalarType type_;
  std::map<std::string, Parts> layers_;
  int64_t bytes_ = 0;
};

/* The source of one forward pass that is recorded or comes from a record. */
struct SourceStates {
  SourceLayout layout;
  at::Tensor block; /* [layout.bytes()] U8 on the device */

  SourceState layer(const std::string& name) const { return layout.at(block, name); }
};

}  // namespace fmk
