/*
 * Times the attention kernels over the timed cases of
 * tests/kernels/case_table.h, against the reference operations and libtorch's
 * scaled_dot_product_attention. The ways take turns, so that a machine that
 * slows down does so for all; medians are reported.
 *
 *   attention_bench [--threads 2] [--rounds 15] [--isa avx512|avx2|portable]
 * [--dtype f32|bf16] [--only TEXT] [--way fused|reference|sdpa] [--json]
 *
 * --only runs the cases whose name contains TEXT; with --way and many --rounds
 * that is what to run under perf.
 */
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/error.h"
#include "kernels/case_inputs.h"
#include "ops/attention.h"
#include "ops/fused_attention.h"
#include "ops/masked_attention_reference.h"

namespace fmk {
namespace {

struct Options {
  int threads = 2;
  int rounds = 15;
  std::string isa;
  std::string dtype;
  std::string only;
  std::string way;
  bool json = false;
};

struct Way {
  const char* name; /* fused, reference, sdpa */
  std::function<void()> run;
};

struct Measured {
  std::string name;
  std::string dtype;
  std::vector<std::pair<std::string, double>> medians; /* ms by way */
  double gflop;                                        /* of the products that the fused kernel computes */
};

double median_of(std::vector<double> times) {
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

class Bench {
 public:
  explicit Bench(Options options) : options_(std::move(options)) {
    for (const kernels::KernelTable* table : kernels::available_kernels()) {
      if (options_.isa.empty() || options_.isa == table->isa) {
        kernels_ = table;
        break;
      }
    }
    if (kernels_ == nullptr) throw std::invalid_argument("this machine has no kernels " + options_.isa);
  }

  void run() {
    for (at::ScalarType type : {at::kFloat, at::kBFloat16}) {
      const std::string dtype = type == at::kFloat ? "f32" : "bf16";
      if (!options_.dtype.empty() && options_.dtype != dtype) continue;
      self(type, dtype);
      cross(type, dtype);
      temporal(type, dtype);
    }
    if (options_.json) print_json();
  }

 private:
  void self(at::ScalarType type, const std::string& dtype) {
    for (const cases::SelfCase& c : cases::self_cases()) {
      const std::string name = text("self f", c.frames, " h", c.heads, " n", c.queries, " d", c.dim, " ", cases::name_of(c.mask));
      if (!wanted(c.timed, name)) continue;
      const cases::SelfInputs x(c, type);
      double products = c.frames * c.queries;
      if (x.mask.defined()) products += ((x.mask > 0) & (x.mask < 1)).sum().item<double>();
      time(name, dtype, 4e-9 * products * c.heads * c.queries * c.dim,
           {{"fused", [&] { fused::masked_self_attention(*kernels_, x.q0, x.k0, x.q2, x.k2, x.v2, x.mask, x.out); }},
            /* Two calls of SDPA and a blend. */
            {"reference", [&] { x.out.copy_(reference::masked_self_attention(x.q0, x.k0, x.q2, x.k2, x.v2, x.mask)); }},
            /* One unmasked call: what attention of one item costs without any
               control. */
            {"sdpa", [&] { x.out.copy_(at::scaled_dot_product_attention(x.q2, x.k2, x.v2)); }}});
    }
  }

  void cross(at::ScalarType type, const std::string& dtype) {
    for (const cases::CrossCase& c : cases::cross_cases()) {
      const std::string name = text(c.groups > 0 ? "capture" : "cross", " f", c.frames, " h", c.heads, " n", c.queries, " l", c.tokens,
                                    " d", c.dim, " ", cases::name_of(c.mask));
      if (!wanted(c.timed, name)) continue;
      const cases::CrossInputs x(c, type);
      const double item = 4e-9 * c.frames * c.queries * c.heads * c.tokens * c.dim;
      /* All frames of an item attend to the same text: one sequence, as the
       * UNet calls it. */
      const auto joined = [&](const at::Tensor& t) {
        return t.transpose(1, 2).reshape({1, c.frames * c.queries, c.heads, c.dim}).transpose(1, 2);
      };
      const at::Tensor q = joined(x.q2);
      const at::Tensor out = at::empty_like(q);
      const at::Tensor maps = at::empty({std::max<int64_t>(1, c.groups), 1, c.frames * c.queries});
      const auto sdpa = [&] { out.copy_(at::scaled_dot_product_attention(q, x.k2, x.v2)); };
      if (c.groups > 0) {
        time(name, dtype, item,
             {{"fused", [&] { fused::captured_cross_attention(*kernels_, q, x.k2, x.v2, x.groups, out, maps); }},
              {"reference",
               [&] {
                 out.copy_(attention(q, x.k2, x.v2));
                 maps.copy_(reference::word_maps(q, x.k2, x.groups));
               }},
              {"sdpa", sdpa}});
      } else {
        const at::Tensor q0 = joined(x.q0);
        const at::Tensor mask = x.mask.view({1, c.frames * c.queries});
        time(name, dtype, 1.5 * item,
             {{"fused", [&] { fused::masked_cross_attention(*kernels_, q0, x.k0, q, x.k2, x.v2, mask, x.control, out); }},
              {"reference", [&] { out.copy_(reference::masked_cross_attention(q0, x.k0, q, x.k2, x.v2, mask, x.control)); }},
              {"sdpa", sdpa}});
      }
    }
  }

  void temporal(at::ScalarType type, const std::string& dtype) {
    for (const cases::TemporalCase& c : cases::temporal_cases()) {
      const std::string name = text("temporal n", c.pixels, " h", c.heads, " f", c.frames, " d", c.dim,
                                    !c.controlled  ? " plain"
                                    : c.mix_inputs ? " qk "
                                                   : " map ",
                                    c.controlled ? cases::name_of(c.mask) : "");
      if (!wanted(c.timed, name)) continue;
      const cases::TemporalInputs x(c, type);
      std::vector<Way> ways;
      if (c.controlled) {
        ways.push_back(
            {"fused",
             [&] { fused::masked_temporal_attention(*kernels_, x.q0, x.k0, x.q2, x.k2, x.v2, x.mask, x.mode(c), x.polarity(c), x.out); }});
        ways.push_back({"reference", [&] {
                          x.out.copy_(reference::masked_temporal_attention(x.q0, x.k0, x.q2, x.k2, x.v2, x.mask, x.mode(c), x.polarity(c)));
                        }});
      } else {
        ways.push_back({"fused", [&] { fused::temporal_attention(*kernels_, x.q2, x.k2, x.v2, x.out); }});
        ways.push_back({"reference", [&] { x.out.copy_(attention(x.q2, x.k2, x.v2)); }});
      }
      ways.push_back({"sdpa", [&] { x.out.copy_(at::scaled_dot_product_attention(x.q2, x.k2, x.v2)); }});
      time(name, dtype, 4e-9 * c.pixels * c.heads * c.frames * c.frames * c.dim, ways);
    }
  }

  bool wanted(bool timed, const std::string& name) const { return timed && name.find(options_.only) != std::string::npos; }

  void time(const std::string& name, const std::string& dtype, double gflop, const std::vector<Way>& ways) {
    std::vector<std::vector<double>> times(ways.size());
    for (int round = -1; round < options_.rounds; ++round) {
      for (size_t i = 0; i < ways.size(); ++i) {
        const size_t turn = round % 2 == 0 ? i : ways.size() - 1 - i;
        if (!options_.way.empty() && options_.way != ways[turn].name) continue;
        const auto start = std::chrono::steady_clock::now();
        ways[turn].run();
        const std::chrono::duration<double, std::milli> elapsed = std::chrono::steady_clock::now() - start;
        if (round >= 0) times[turn].push_back(elapsed.count()); /* the first is for the caches */
      }
    }
    Measured m{name, dtype, {}, gflop};
    for (size_t i = 0; i < ways.size(); ++i) {
      if (!times[i].empty()) m.medians.emplace_back(ways[i].name, median_of(times[i]));
    }
    if (!options_.json) {
      std::printf("%-4s %-44s", dtype.c_str(), name.c_str());
      for (const auto& [way, ms] : m.medians) std::printf("  %s %9.3f ms", way.c_str(), ms);
      std::printf("  %6.1f GFLOP/s\n", gflop / m.medians.front().second * 1e3);
      std::fflush(stdout);
    }
    results_.push_back(std::move(m));
  }

  void print_json() const {
    std::printf(
        "{\n \"isa\": \"%s\", \"threads\": %d, \"rounds\": %d,\n "
        "\"cases\": [\n",
        kernels_->isa, options_.threads, options_.rounds);
    for (size_t i = 0; i < results_.size(); ++i) {
      const Measured& m = results_[i];
      std::printf("  {\"case\": \"%s\", \"dtype\": \"%s\", \"gflop\": %.4f", m.name.c_str(), m.dtype.c_str(), m.gflop);
      for (const auto& [way, ms] : m.medians) std::printf(", \"%s_ms\": %.3f", way.c_str(), ms);
      std::printf("}%s\n", i + 1 < results_.size() ? "," : "");
    }
    std::printf(" ]\n}\n");
  }

  Options options_;
  const kernels::KernelTable* kernels_ = nullptr;
  std::vector<Measured> results_;
};

Options parse(int count, char** words) {
  Options options;
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    if (word == "--json") {
      options.json = true;
      continue;
    }
    if (i + 1 == count) throw std::invalid_argument(word + " needs a value, or is not an option");
    const std::string value = words[++i];
    if (word == "--threads") {
      options.threads = std::stoi(value);
    } else if (word == "--rounds") {
      options.rounds = std::max(1, std::stoi(value));
    } else if (word == "--isa") {
      options.isa = value;
    } else if (word == "--dtype") {
      options.dtype = value;
    } else if (word == "--only") {
      options.only = value;
    } else if (word == "--way") {
      options.way = value;
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
    at::set_num_threads(options.threads);
    at::manual_seed(1);
    fmk::Bench(options).run();
    return 0;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "attention_bench: %s\n", e.what());
    return 2;
  }
}
