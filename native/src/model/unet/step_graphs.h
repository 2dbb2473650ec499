#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "ops/attention_route.h"

namespace fmk {

/*
 * Forward passes recorded once for each kind of step and replayed: launching a UNet's thousands of kernels one by one takes longer than
 * running them where clips are small.
 */
class StepGraphs {
 public:
  /* Computes a step's outputs from inputs that it reads through the pointers given to run(). */
  using Body = std::function<std::vector<at::Tensor>()>;

  virtual ~StepGraphs() = default;

  /*
   * The outputs of body, which belong to the graph: they hold until the next call. key: all that decides what body launches besides the
   * inputs' shapes and types; inputs: all tensors that body reads and that are not the model's. A key that is new is computed without a
   * graph, which also lets libraries set themselves up.
   */
  virtual std::vector<at::Tensor> run(const std::string& key, const std::vector<at::Tensor*>& inputs, const Body& body) = 0;
};

/* For a CUDA device; nullptr for others and where the environment says FREEMASK_CUDA_GRAPHS=off. Counts of a replayed step go to route. */
std::unique_ptr<StepGraphs> make_step_graphs(c10::Device device, AttentionRoute& route);

}  // namespace fmk
