#pragma once

#include <ATen/core/Tensor.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/context.h"

struct fmk_weights : fmk::Counted {
  explicit fmk_weights(fmk_context& owner) : context(owner) {}
  fmk_context& context;
  /* On the host, as stored: F32, F16 or BF16; may be views of memory that the caller owns. */
  std::map<std::string, at::Tensor> tensors;
};

namespace fmk {

/* Adds one tensor; a name that is there already is an error. */
void add_weight(fmk_weights& weights, const std::string& name, at::Tensor tensor);

/* Adds the tensors of a PyTorch zip state dict (io/pickle.cpp). */
void add_pickle(fmk_weights& weights, const std::string& path);

/*
 * Reads a model's tensors by name, at the model's dtype and device, and keeps the books: a tensor that is missing or of another shape
 * fails at once, and finish() fails when some were never asked for.
 */
class WeightReader {
 public:
  using Tensors = std::map<std::string, at::Tensor>;

  WeightReader(Tensors tensors, std::string model, c10::ScalarType type, c10::Device device);

  /* The tensor of exactly these sizes. */
  at::Tensor take(const std::string& name, at::IntArrayRef sizes);

  /* As take, but kept in f32 and on the host. */
  at::Tensor take_f32(const std::string& name, at::IntArrayRef sizes);

  c10::Device device() const { return device_; }

  /* Fails naming the tensors that the model has no place for. */
  void finish() const;

 private:
  const at::Tensor& find(const std::string& name, at::IntArrayRef sizes);

  Tensors tensors_;
  std::set<std::string> taken_;
  std::string model_;
  c10::ScalarType type_;
  c10::Device device_;
};

/* A place in a checkpoint: a reader and the module path in front of every name. */
class WeightPath {
 public:
  explicit WeightPath(WeightReader& reader, std::string path = "") : reader_(&reader), path_(std::move(path)) {}

  WeightPath operator/(const std::string& child) const { return WeightPath(*reader_, path_.empty() ? child : path_ + "." + child); }
  WeightPath operator/(int64_t index) const { return *this / std::to_string(index); }

  const std::string& path() const { return path_; }
  c10::Device device() const { return reader_->device(); }
  at::Tensor take(const std::string& name, at::IntArrayRef sizes) const { return reader_->take((*this / name).path_, sizes); }
  at::Tensor take_f32(const std::string& name, at::IntArrayRef sizes) const { return reader_->take_f32((*this / name).path_, sizes); }

 private:
  WeightReader* reader_;
  std::string path_;
};

}  // namespace fmk
