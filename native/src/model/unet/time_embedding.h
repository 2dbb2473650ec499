#pragma once

#include "model/layers.h"

namespace fmk {

/* Sinusoids of the timestep, cosines first: t -> [1,channels] f32 on the host. channels is even. */
at::Tensor time_projection(double timestep, int64_t channels);

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
