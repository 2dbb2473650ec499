#include "model/unet/step_graphs_cuda.h"

#include <ATen/cuda/CUDAEvent.h>
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

#include <list>
#include <set>

#include "core/error.h"

namespace fmk::cuda {
namespace {

/* Graphs kept: an edit has about one for each set of open windows, with and without capture of word maps. */
constexpr size_t kMostGraphs = 8;

/* Keys remembered before their graph is made. */
constexpr size_t kMostKeys = 64;

struct Recorded {
  std::string key;
  at::cuda::CUDAGraph graph;
  std::vector<at::Tensor> inputs; /* where the graph reads */
  std::vector<at::Tensor> outputs;
  AttentionRoute::Counts counts; /* attention calls of one pass */
};

std::string whole_key(const std::string& key, const std::vector<at::Tensor*>& inputs) {
  std::string whole = key;
  for (const at::Tensor* input : inputs) {
    whole += input->defined() ? text(' ', input->scalar_type(), input->sizes()) : " -";
  }
  return whole;
}

class CudaStepGraphs : public StepGraphs {
 public:
  explicit CudaStepGraphs(AttentionRoute& route)
      : route_(route), pool_(at::cuda::graph_pool_handle()), stream_(c10::cuda::getStreamFromPool()) {}

  std::vector<at::Tensor> run(const std::string& key, const std::vector<at::Tensor*>& inputs, const Body& body) override {
    const std::string whole = whole_key(key, inputs);
    for (auto found = recorded_.begin(); found != recorded_.end(); ++found) {
      if (found->key != whole) continue;
      recorded_.splice(recorded_.begin(), recorded_, found);
      for (size_t i = 0; i < inputs.size(); ++i) {
        if (inputs[i]->defined()) found->inputs[i].copy_(*inputs[i]);
      }
      found->graph.replay();
      route_.add(found->counts);
      return found->outputs;
    }
    if (!seen_.contains(whole)) {
      if (seen_.size() == kMostKeys) seen_.clear();
      seen_.insert(whole);
      return on_stream(body);
    }
    record(whole, inputs, body);
    recorded_.front().graph.replay();
    return recorded_.front().outputs;
  }

 private:
  /* Libraries keep a workspace for each stream: recording takes the stream that they have seen. */
  std::vector<at::Tensor> on_stream(const Body& body) {
    const c10::cuda::CUDAStream current = c10::cuda::getCurrentCUDAStream();
    wait(stream_, current);
    std::vector<at::Tensor> outputs;
    {
      const c10::cuda::CUDAStreamGuard guard(stream_);
      outputs = body();
    }
    wait(current, stream_);
    return outputs;
  }

  void record(const std::string& key, const std::vector<at::Tensor*>& inputs, const Body& body) {
    if (recorded_.size() == kMostGraphs) recorded_.pop_back();
    Recorded& made = recorded_.emplace_front();
    try {
      made.key = key;
      for (at::Tensor* input : inputs) {
        made.inputs.push_back(input->defined() ? input->clone() : at::Tensor());
        *input = made.inputs.back();
      }
      const AttentionRoute::Counts before = route_.counts();
      const c10::cuda::CUDAStream current = c10::cuda::getCurrentCUDAStream();
      wait(stream_, current);
      {
        const c10::cuda::CUDAStreamGuard guard(stream_);
        /* What the pass without a graph has left over: the graph has memory of its own. */
        c10::cuda::CUDACachingAllocator::emptyCache();
        made.graph.capture_begin(pool_, cudaStreamCaptureModeThreadLocal);
        try {
          made.outputs = body();
        } catch (...) {
          made.outputs.clear();
          try {
            made.graph.capture_end();
          } catch (const c10::Error&) {
            /* Whatever failed in body has invalidated the capture; body's own error is the one to tell. */
          }
          throw;
        }
        made.graph.capture_end();
      }
      wait(current, stream_);
      made.counts = route_.since(before);
    } catch (...) {
      recorded_.pop_front();
      throw;
    }
  }

  /* What is enqueued on `later` from now on waits for what is on `earlier` now. */
  static void wait(const c10::cuda::CUDAStream& later, const c10::cuda::CUDAStream& earlier) {
    at::cuda::CUDAEvent done;
    done.record(earlier);
    done.block(later);
  }

  AttentionRoute& route_;
  c10::MempoolId_t pool_;
  c10::cuda::CUDAStream stream_;
  std::list<Recorded> recorded_; /* the last used first */
  std::set<std::string> seen_;
};

}  // namespace

std::unique_ptr<StepGraphs> make_step_graphs(AttentionRoute& route) { return std::make_unique<CudaStepGraphs>(route); }

}  // namespace fmk::cuda
