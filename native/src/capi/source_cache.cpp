#include "capi/models.h"

extern "C" {

int32_t fmk_source_cache_params_init(fmk_source_cache_params_t* params, uint32_t struct_size) {
  return fmk::guard([&] { fmk::init(params, struct_size); });
}

int32_t fmk_source_cache_create(fmk_context_t* context, const fmk_source_cache_params_t* params, fmk_source_cache_t** out_new) {
  return fmk::guard([&] {
    fmk::argument(out_new, "out_new") = nullptr;
    fmk_context& c = fmk::handle(context, "context");
    const fmk_source_cache_params_t& p = fmk::structure(params, "params");
    FMK_REQUIRE(p.bytes >= 1 && p.bytes <= INT64_MAX, "bytes is ", p.bytes, ", expected 1 to ", INT64_MAX);
    FMK_REQUIRE(p.place >= FMK_CACHE_HOST && p.place <= FMK_CACHE_FILE, "place ", p.place, " is not an fmk_cache_place");
    const std::string directory = p.place == FMK_CACHE_FILE ? &fmk::argument(p.directory, "directory") : "";
    const fmk::CallScope scope(c);
    *out_new = new fmk_source_cache(c, fmk::SourceCache::create(static_cast<int64_t>(p.bytes), p.place, directory, c.device));
  });
}

void fmk_source_cache_destroy(fmk_source_cache_t* cache) { delete cache; }

}  // extern "C"
