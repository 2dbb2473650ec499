#include "io/weights.h"

#include "core/error.h"
#include "core/tensor_desc.h"

extern "C" {

int32_t fmk_weights_create(fmk_context_t* context, fmk_weights_t** out_new) {
  return fmk::guard([&] {
    fmk::argument(out_new, "out_new") = nullptr;
    *out_new = new fmk_weights(fmk::handle(context, "context"));
  });
}

void fmk_weights_destroy(fmk_weights_t* weights) { delete weights; }

int32_t fmk_weights_add(fmk_weights_t* weights, const char* name, const fmk_tensor_desc_t* host) {
  return fmk::guard([&] {
    fmk_weights& w = fmk::handle(weights, "weights");
    fmk::CallScope scope(w.context);
    fmk::add_weight(w, &fmk::argument(name, "name"), fmk::host_view(host, name));
  });
}

int32_t fmk_weights_add_pickle(fmk_weights_t* weights, const char* path) {
  return fmk::guard([&] {
    fmk_weights& w = fmk::handle(weights, "weights");
    fmk::CallScope scope(w.context);
    fmk::add_pickle(w, &fmk::argument(path, "path"));
  });
}

int32_t fmk_weights_count(const fmk_weights_t* weights, int64_t* count) {
  return fmk::guard([&] {
    const fmk_weights& w = fmk::handle(weights, "weights");
    fmk::argument(count, "count") = static_cast<int64_t>(w.tensors.size());
  });
}

}  // extern "C"
