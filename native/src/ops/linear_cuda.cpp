#include <ATen/cuda/CUDAContext.h>
#include <ATen/ops/empty.h>
#include <cublasLt.h>

#include <map>
#include <mutex>
#include <tuple>

#include "core/error.h"
#include "ops/layer_ops_cuda.h"

/* cuBLASLt adds bias and residual while it writes the product; libtorch's addmm takes one of the two. */
namespace fmk::cuda {
namespace {

constexpr int64_t kWorkspaceBytes = int64_t{32} << 20;

void check(cublasStatus_t status, const char* what) {
  if (status != CUBLAS_STATUS_SUCCESS) fail(FMK_STATUS_CUDA, text(what, ": ", cublasLtGetStatusString(status)));
}

cudaDataType_t data_type(const at::Tensor& x) {
  if (x.scalar_type() == at::kHalf) return CUDA_R_16F;
  return x.scalar_type() == at::kBFloat16 ? CUDA_R_16BF : CUDA_R_32F;
}

class Description {
 public:
  Description() { check(cublasLtMatmulDescCreate(&value_, CUBLAS_COMPUTE_32F, CUDA_R_32F), "cublasLtMatmulDescCreate"); }
  ~Description() { cublasLtMatmulDescDestroy(value_); }
  Description(const Description&) = delete;
  Description& operator=(const Description&) = delete;

  template <class T>
  void set(cublasLtMatmulDescAttributes_t attribute, const T& value) {
    check(cublasLtMatmulDescSetAttribute(value_, attribute, &value, sizeof value), "cublasLtMatmulDescSetAttribute");
  }
  cublasLtMatmulDesc_t get() const { return value_; }

 private:
  cublasLtMatmulDesc_t value_ = nullptr;
};

/* A matrix whose columns lie one after the other. */
class Layout {
 public:
  Layout(cudaDataType_t type, int64_t rows, int64_t columns) {
    check(cublasLtMatrixLayoutCreate(&value_, type, static_cast<uint64_t>(rows), static_cast<uint64_t>(columns), rows),
          "cublasLtMatrixLayoutCreate");
  }
  ~Layout() { cublasLtMatrixLayoutDestroy(value_); }
  Layout(const Layout&) = delete;
  Layout& operator=(const Layout&) = delete;
  cublasLtMatrixLayout_t get() const { return value_; }

 private:
  cublasLtMatrixLayout_t value_ = nullptr;
};

class Preference {
 public:
  Preference() {
    check(cublasLtMatmulPreferenceCreate(&value_), "cublasLtMatmulPreferenceCreate");
    const auto bytes = static_cast<size_t>(kWorkspaceBytes);
    check(cublasLtMatmulPreferenceSetAttribute(value_, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, &bytes, sizeof bytes),
          "cublasLtMatmulPreferenceSetAttribute");
  }
  ~Preference() { cublasLtMatmulPreferenceDestroy(value_); }
  Preference(const Preference&) = delete;
  Preference& operator=(const Preference&) = delete;
  cublasLtMatmulPreference_t get() const { return value_; }

 private:
  cublasLtMatmulPreference_t value_ = nullptr;
};

/* Device, element type, out, in, rows, whether there is a bias. */
using Key = std::tuple<int, int, int64_t, int64_t, int64_t, bool>;

/* What cuBLASLt's heuristics choose for a product; asked once, as it takes longer than many a product. */
cublasLtMatmulAlgo_t algorithm(const Key& key, const Description& operation, const Layout& weight, const Layout& x, const Layout& out) {
  static std::mutex mutex;
  static std::map<Key, cublasLtMatmulAlgo_t> known;
  const std::lock_guard<std::mutex> lock(mutex);
  const auto found = known.find(key);
  if (found != known.end()) return found->second;
  const Preference preference;
  cublasLtMatmulHeuristicResult_t result{};
  int count = 0;
  check(cublasLtMatmulAlgoGetHeuristic(at::cuda::getCurrentCUDABlasLtHandle(), operation.get(), weight.get(), x.get(), out.get(), out.get(),
                                       preference.get(), 1, &result, &count),
        "cublasLtMatmulAlgoGetHeuristic");
  if (count == 0) fail(FMK_STATUS_CUDA, "cublasLtMatmulAlgoGetHeuristic: no algorithm");
  return known.emplace(key, result.algo).first->second;
}

}  // namespace

void linear_add(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, const at::Tensor& residual, const at::Tensor& out) {
  const at::Tensor rows = x.contiguous();
  const at::Tensor added = residual.contiguous();
  const int64_t in = weight.size(1);
  const int64_t channels = weight.size(0);
  const int64_t count = rows.numel() / in;
  const cudaDataType_t type = data_type(x);
  Description operation;
  operation.set(CUBLASLT_MATMUL_DESC_TRANSA, CUBLAS_OP_T);
  if (bias.defined()) {
    operation.set(CUBLASLT_MATMUL_DESC_EPILOGUE, CUBLASLT_EPILOGUE_BIAS);
    operation.set(CUBLASLT_MATMUL_DESC_BIAS_POINTER, bias.const_data_ptr());
    operation.set(CUBLASLT_MATMUL_DESC_BIAS_DATA_TYPE, type);
  }
  /* cuBLASLt counts columns where we count rows: out^T = weight x^T. */
  const Layout weight_layout(type, in, channels);
  const Layout x_layout(type, in, count);
  const Layout out_layout(type, channels, count);
  const Key key{out.get_device(), static_cast<int>(type), channels, in, count, bias.defined()};
  const cublasLtMatmulAlgo_t chosen = algorithm(key, operation, weight_layout, x_layout, out_layout);
  const at::Tensor workspace = at::empty({kWorkspaceBytes}, out.options().dtype(at::kByte));
  const float one = 1.0F;
  check(cublasLtMatmul(at::cuda::getCurrentCUDABlasLtHandle(), operation.get(), &one, weight.const_data_ptr(), weight_layout.get(),
                       rows.const_data_ptr(), x_layout.get(), &one, added.const_data_ptr(), out_layout.get(), out.data_ptr(),
                       out_layout.get(), &chosen, workspace.data_ptr(), static_cast<size_t>(kWorkspaceBytes),
                       at::cuda::getCurrentCUDAStream()),
        "cublasLtMatmul");
}

}  // namespace fmk::cuda
