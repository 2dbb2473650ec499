#include <ATen/ops/empty.h>

#include "capi/models.h"
#include "capi/text_encoder.h"

extern "C" {

int32_t fmk_clip_vision_config_init(fmk_clip_vision_config_t* config, uint32_t struct_size) {
  return fmk::guard([&] {
    fmk::init(config, struct_size);
    config->num_channels = 3;
    config->layer_norm_eps = 1e-5F;
  });
}

int32_t fmk_clip_create(fmk_context_t* context, const fmk_weights_t* weights, const fmk_text_encoder_config_t* text,
                        const fmk_clip_vision_config_t* vision, int32_t projection_dim, int32_t dtype, fmk_clip_t** out_new) {
  return fmk::guard([&] {
    fmk::argument(out_new, "out_new") = nullptr;
    fmk_context& c = fmk::handle(context, "context");
    const fmk_weights& w = fmk::handle(weights, "weights");
    const fmk::ClipConfig config{fmk::structure(text, "text"), fmk::structure(vision, "vision"), projection_dim};
    constexpr int64_t kMost = 1 << 20;
    fmk::check_text_config(config.text);
    fmk::check_transformer(config.vision);
    fmk::require_range(config.vision.num_channels, 1, kMost, "num_channels");
    fmk::require_range(config.vision.image_size, 1, 1 << 14, "image_size");
    fmk::require_range(config.vision.patch_size, 1, config.vision.image_size, "patch_size");
    fmk::require_range(projection_dim, 1, kMost, "projection_dim");
    *out_new = fmk::load_model<fmk_clip, fmk::Clip>(c, fmk::clip_weights(w.tensors), config, dtype, "CLIP");
  });
}

void fmk_clip_destroy(fmk_clip_t* clip) { delete clip; }

int32_t fmk_clip_logit_scale(const fmk_clip_t* clip, float* scale) {
  return fmk::guard([&] { fmk::argument(scale, "scale") = fmk::handle(clip, "clip").model.logit_scale(); });
}

int32_t fmk_clip_image_embeds(fmk_clip_t* clip, const fmk_tensor_t* pixels, int32_t slice_images, const fmk_callbacks_t* callbacks,
                              fmk_tensor_t** out_new) {
  return fmk::guard([&] {
    fmk::argument(out_new, "out_new") = nullptr;
    fmk_clip& m = fmk::handle(clip, "clip");
    fmk::CallScope scope(m.context);
    const fmk::Trace trace(callbacks);
    const at::Tensor& x = fmk::model_input(pixels, "pixels", m.context);
    const int64_t channels = m.model.vision().channels();
    const int64_t side = m.model.vision().image_size();
    FMK_REQUIRE(x.dim() == 4 && x.size(0) > 0 && x.size(1) == channels && x.size(2) == side && x.size(3) == side, "pixels has the shape ",
                x.sizes(), ", expected [B,", channels, ",", side, ",", side, "]");
    const at::Tensor embeds = at::empty({x.size(0), m.model.embedding_size()}, x.options().dtype(at::kFloat));
    fmk::for_slices(x.size(0), slice_images, "slice_images", trace, [&](int64_t first, int64_t count) {
      embeds.narrow(0, first, count).copy_(m.model.image_embeds(x.narrow(0, first, count).to(m.type), trace));
    });
    *out_new = new fmk_tensor(m.context, embeds);
  });
}

int32_t fmk_clip_text_embeds(fmk_clip_t* clip, const fmk_tensor_desc_t* ids, const fmk_callbacks_t* callbacks, fmk_tensor_t** out_new) {
  return fmk::guard([&] {
    fmk::argument(out_new, "out_new") = nullptr;
    fmk_clip& m = fmk::handle(clip, "clip");
    fmk::CallScope scope(m.context);
    const at::Tensor embeds = m.model.text_embeds(fmk::token_ids(ids, m.model.text(), m.context), fmk::Trace(callbacks));
    *out_new = new fmk_tensor(m.context, embeds.contiguous());
  });
}

}  // extern "C"
