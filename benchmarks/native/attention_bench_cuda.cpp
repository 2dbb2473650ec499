/*
 * Times cross and temporal attention on the GPU over the timed cases of tests/kernels/case_table.h, against libtorch's
 * scaled_dot_product_attention and the explicit softmax.
 *
 *   attention_bench_cuda [--rounds 15] [--dtype bf16|f16] [--only TEXT]
 *
 * Prints JSON. Every way is recorded as a CUDA graph of calls over rotating buffers, more than the cache holds; the graphs take turns, and
 * medians of the time of a call are reported in microseconds. `floor` is what the bytes that a call must move take at the bandwidth of a
 * large copy, which is measured first, with the rate of a large matrix product.
 */
#include <ATen/ATen.h>
#include <ATen/cuda/CUDAGraph.h>
#include <c10/core/InferenceMode.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/error.h"
#include "kernels/case_inputs.h"
#include "ops/attention.h"
#include "ops/fused_attention_cuda.h"
#include "ops/masked_attention_reference.h"

namespace fmk {
namespace {

constexpr double kBytesInTurn = 256e6; /* of buffers, several times the cache */

struct Options {
  int rounds = 15;
  std::string dtype;
  std::string only;
};

struct Way {
  const char* name;
  std::function<void(size_t)> run; /* over the buffers of that index */
};

/* Calls that are recorded once and timed by events. */
class Recording {
 public:
  Recording(const Way& way, size_t buffers) : calls_(std::max<size_t>(12, buffers)) {
    for (size_t i = 0; i < buffers; ++i) way.run(i); /* handles and plans are made outside the recording */
    graph_.capture_begin();
    for (size_t i = 0; i < calls_; ++i) way.run(i % buffers);
    graph_.capture_end();
  }
  /* Microseconds of a call. */
  double replay() {
    const c10::cuda::CUDAStream stream = c10::cuda::getCurrentCUDAStream();
    c10::Event start(c10::kCUDA, c10::EventFlag::BACKEND_DEFAULT), end(c10::kCUDA, c10::EventFlag::BACKEND_DEFAULT);
    start.record(stream);
    graph_.replay();
    end.record(stream);
    end.synchronize();
    return 1e3 * start.elapsedTime(end) / static_cast<double>(calls_);
  }

 private:
  size_t calls_;
  at::cuda::CUDAGraph graph_;
};

std::vector<double> medians(const std::vector<Way>& ways, size_t buffers, int rounds) {
  std::vector<std::unique_ptr<Recording>> recordings;
  for (const Way& way : ways) recordings.push_back(std::make_unique<Recording>(way, buffers));
  std::vector<std::vector<double>> times(ways.size());
  for (int round = -2; round < rounds; ++round) {
    for (size_t i = 0; i < ways.size(); ++i) {
      const double time = recordings[i]->replay();
      if (round >= 0) times[i].push_back(time);
    }
  }
  std::vector<double> result;
  for (std::vector<double>& of : times) {
    std::sort(of.begin(), of.end());
    result.push_back(of[of.size() / 2]);
  }
  return result;
}

class Bench {
 public:
  explicit Bench(Options options) : options_(std::move(options)) {}

  void run() {
    std::printf("{\n");
    ceilings();
    std::printf(" \"cases\": [");
    for (at::ScalarType type : {at::kBFloat16, at::kHalf}) {
      type_ = type;
      dtype_ = type == at::kHalf ? "f16" : "bf16";
      if (!options_.dtype.empty() && options_.dtype != dtype_) continue;
      for (const cases::CrossCase& c : cases::cross_cases()) {
        if (c.timed) cross(c);
      }
      for (const cases::TemporalCase& c : cases::temporal_cases()) {
        if (c.timed) temporal(c);
      }
    }
    std::printf("\n ]\n}\n");
  }

 private:
  void ceilings() {
    const auto options = at::TensorOptions(at::kBFloat16).device(at::kCUDA);
    const at::Tensor from = at::randn({int64_t{1} << 29}, options), to = at::empty_like(from);
    const at::Tensor a = at::randn({8192, 8192}, options), b = at::randn({8192, 8192}, options), c = at::empty_like(a);
    const std::vector<double> us = medians(
        {{"copy", [&](size_t) { to.copy_(from); }}, {"product", [&](size_t) { at::mm_out(const_cast<at::Tensor&>(c), a, b); }}}, 1, 5);
    bandwidth_ = 2.0 * static_cast<double>(from.nbytes()) / us[0];
    std::printf(" \"copy_gb_per_s\": %.0f, \"bf16_product_tflop_per_s\": %.0f, \"rounds\": %d,\n", bandwidth_ * 1e-3,
                2 * 8192.0 * 8192 * 8192 / us[1] * 1e-6, options_.rounds);
  }

  /* bytes: what a call must move; the rivals' floor is the same. */
  void report(const std::string& name, double bytes, size_t buffers, const std::vector<Way>& ways) {
    if (name.find(options_.only) == std::string::npos) return;
    const std::vector<double> us = medians(ways, buffers, options_.rounds);
    std::printf("%s\n  {\"case\": \"%s\", \"dtype\": \"%s\", \"floor_us\": %.2f", first_ ? "" : ",", name.c_str(), dtype_.c_str(),
                bytes / bandwidth_);
    first_ = false;
    for (size_t i = 0; i < ways.size(); ++i) std::printf(", \"%s_us\": %.2f", ways[i].name, us[i]);
    std::printf("}");
    std::fflush(stdout);
  }

  static size_t buffers_for(double bytes) { return static_cast<size_t>(std::clamp(kBytesInTurn / bytes, 2.0, 12.0)); }

  /* Capture of one item, or control and capture in the batch (source, unconditional, edit), as the UNet calls them: all frames of an item
   * are one sequence of queries. */
  void cross(const cases::CrossCase& c) {
    const int64_t rows = c.frames * c.queries;
    const int64_t items = c.groups > 0 ? 1 : 3;
    const double bytes = 4.0 * static_cast<double>(items * rows * c.heads * c.dim);
    struct Buffers {
      at::Tensor q, k, v, out;
    };
    std::vector<Buffers> x(buffers_for(bytes));
    x[0].q = cases::tokens_by_head(items, c.heads, rows, c.dim, type_, at::kCUDA);
    x[0].k = cases::tokens_by_head(items, c.heads, c.tokens, c.dim, type_, at::kCUDA);
    x[0].v = cases::tokens_by_head(items, c.heads, c.tokens, c.dim, type_, at::kCUDA);
    for (size_t i = 1; i < x.size(); ++i) x[i] = {x[0].q.clone(), x[0].k.clone(), x[0].v.clone(), {}};
    for (Buffers& b : x) b.out = at::empty_like(b.q);
    const Way sdpa{"sdpa", [&](size_t i) { at::scaled_dot_product_attention(x[i].q, x[i].k, x[i].v); }};
    const std::string size = text(" rows ", rows, " h", c.heads, " l", c.tokens, " d", c.dim);
    cases::CrossCase one = c;
    one.frames = 1;
    one.queries = rows;
    one.groups = 1;
    one.heads = 1; /* its masks, maps and weights are what is used */
    const cases::CrossInputs control(one, type_, at::kCUDA);
    if (c.groups > 0) {
      report("capture" + size, bytes, x.size(),
             {{"fused",
               [&](size_t i) { fused::cuda::captured_cross_attention(x[i].q, x[i].k, x[i].v, control.groups, x[i].out, control.maps); }},
              sdpa,
              {"explicit", [&](size_t i) {
                 const at::Tensor p = attention_probabilities(x[i].q, x[i].k);
                 control.maps.copy_(p.mean(1).index_select(2, control.groups[0]).to(at::kFloat).sum(2).unsqueeze(0));
                 at::matmul(p, x[i].v);
               }}});
      return;
    }
    for (const bool mapped : {false, true}) {
      std::vector<CrossBatch> batches(x.size());
      for (size_t i = 0; i < x.size(); ++i) {
        CrossBatch& batch = batches[i];
        batch.source = 0;
        batch.q0 = x[i].q.narrow(0, 0, 1);
        batch.k0 = x[i].k.narrow(0, 0, 1);
        batch.edit = 2;
        batch.mask = control.mask;
        batch.captured = 0;
        batch.groups = control.groups;
        batch.maps = control.maps;
        if (mapped) batch.control = control.control;
      }
      report(text("control ", mapped ? "mapped" : "identity", size), bytes, x.size(),
             {{"fused", [&](size_t i) { fused::cuda::cross_attention(x[i].q, x[i].k, x[i].v, batches[i], x[i].out); }}, sdpa});
    }
  }

  void temporal(const cases::TemporalCase& c) {
    /* Blends read the source's Q and K too: at most, for rows that a mask does not leave out. */
    const double tensor = 2.0 * static_cast<double>(c.pixels * c.heads * c.frames * c.dim);
    std::vector<cases::TemporalInputs> x(buffers_for(6 * tensor), cases::TemporalInputs(c, type_, at::kCUDA));
    for (cases::TemporalInputs& of : x) {
      for (at::Tensor* t : {&of.q0, &of.k0, &of.q2, &of.k2, &of.v2, &of.out}) *t = t->clone();
    }
    const int32_t mode = cases::TemporalInputs::mode(c), polarity = cases::TemporalInputs::polarity(c);
    const std::string size = text(" n", c.pixels, " h", c.heads, " f", c.frames, " d", c.dim);
    const Way sdpa{"sdpa", [&](size_t i) { at::scaled_dot_product_attention(x[i].q2, x[i].k2, x[i].v2); }};
    if (!c.controlled) {
      report("temporal" + size, 4 * tensor, x.size(),
             {{"fused", [&](size_t i) { fused::cuda::temporal_attention(x[i].q2, x[i].k2, x[i].v2, x[i].out); }}, sdpa});
      return;
    }
    report(text("temporal ", c.mix_inputs ? "qk " : "map ", cases::name_of(c.mask), size), 6 * tensor, x.size(),
           {{"fused",
             [&](size_t i) {
               fused::cuda::masked_temporal_attention(x[i].q0, x[i].k0, x[i].q2, x[i].k2, x[i].v2, x[i].mask, mode, polarity, x[i].out);
             }},
            {"sdpa", [&](size_t i) {
               reference::masked_temporal_attention(x[i].q0, x[i].k0, x[i].q2, x[i].k2, x[i].v2, x[i].mask, mode, polarity);
             }}});
  }

  Options options_;
  at::ScalarType type_ = at::kBFloat16;
  std::string dtype_;
  double bandwidth_ = 0; /* bytes a microsecond */
  bool first_ = true;
};

Options parse(int count, char** words) {
  Options options;
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    if (i + 1 == count) throw std::invalid_argument(word + " needs a value, or is not an option");
    const std::string value = words[++i];
    if (word == "--rounds") {
      options.rounds = std::max(1, std::stoi(value));
    } else if (word == "--dtype") {
      options.dtype = value;
    } else if (word == "--only") {
      options.only = value;
    } else {
      throw std::invalid_argument(word + " is not an option");
    }
  }
  return options;
}

}  // namespace
}  // namespace fmk

int main(int count, char** words) {
  try {
    const fmk::Options options = fmk::parse(count, words);
    const c10::InferenceMode inference;
    at::manual_seed(1);
    /* Recording needs a stream of its own. */
    const c10::cuda::CUDAStreamGuard guard(c10::cuda::getStreamFromPool());
    fmk::Bench(options).run();
    return 0;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "attention_bench_cuda: %s\n", e.what());
    return 2;
  }
}
