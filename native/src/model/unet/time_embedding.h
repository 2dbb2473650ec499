#pragma once

#include "model/layers.h"

namespace fmk {

/* Sinusoids of the timestep, cosines first. */
class TimeProjection {
 public:
  /* channels is even */
  TimeProjection(int64_t channels, c10::Device device);
  /* t -> [1,channels] f32 */
  at::Tensor operator()(double timestep) const;

 private:
  at::Tensor frequencies_; /* [channels/2] f32 */
};

/* TimestepEmbedding: linear, SiLU, linear. */
class TimeEmbedding {
 public:
  TimeEmbedding(const WeightPath& at, int64_t channels, int64_t embedding_channels);
  /* x [1,channels] -> [1,embedding_channels] */
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  Linear linear_1_;
  Linear linear_2_;
};

}  // namespace fmk
