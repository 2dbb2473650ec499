#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>

#include <memory>

#include "capi/models.h"

extern "C" {

int32_t fmk_vae_config_init(fmk_vae_config_t* config, uint32_t struct_size) {
  return fmk::guard([&] {
    fmk::init(config, struct_size);
    config->mid_block_add_attention = 1;
    config->use_quant_conv = 1;
    config->use_post_quant_conv = 1;
  });
}

int32_t fmk_vae_create(fmk_context_t* context, const fmk_weights_t* weights, const fmk_vae_config_t* config, int32_t dtype,
                       fmk_vae_t** out_new) {
  return fmk::guard([&] {
    fmk::argument(out_new, "out_new") = nullptr;
    fmk_context& c = fmk::handle(context, "context");
    const fmk_weights& w = fmk::handle(weights, "weights");
    const fmk_vae_config_t& cfg = fmk::structure(config, "config");
    constexpr int64_t kMost = 1 << 20;
    fmk::require_range(cfg.in_channels, 1, kMost, "in_channels");
    fmk::require_range(cfg.out_channels, 1, kMost, "out_channels");
    fmk::require_range(cfg.latent_channels, 1, kMost, "latent_channels");
    fmk::require_range(cfg.layers_per_block, 1, 64, "layers_per_block");
    fmk::require_range(cfg.norm_num_groups, 1, kMost, "norm_num_groups");
    fmk::require_range(cfg.block_count, 1, FMK_MAX_BLOCKS, "block_count");
    for (int32_t i = 0; i < cfg.block_count; ++i) fmk::require_range(cfg.block_out_channels[i], 1, kMost, "block_out_channels");
    *out_new = fmk::load_model<fmk_vae, fmk::Autoencoder>(c, fmk::vae_weights(w.tensors), cfg, dtype, "VAE");
  });
}

void fmk_vae_destroy(fmk_vae_t* vae) { delete vae; }

int32_t fmk_vae_encode(fmk_vae_t* vae, const fmk_tensor_t* pixels, int32_t slice_frames, const fmk_callbacks_t* callbacks,
                       fmk_tensor_t** mean_new, fmk_tensor_t** logvar_new) {
  return fmk::guard([&] {
    fmk::argument(mean_new, "mean_new") = nullptr;
    fmk::argument(logvar_new, "logvar_new") = nullptr;
    fmk_vae& v = fmk::handle(vae, "vae");
    fmk::CallScope scope(v.context);
    const fmk::Trace trace(callbacks);
    const at::Tensor& x = fmk::model_input(pixels, "pixels", v.context);
    const int64_t factor = v.model.factor();
    FMK_REQUIRE(x.dim() == 4 && x.size(0) > 0 && x.size(1) == v.model.in_channels() && x.size(2) > 0 && x.size(3) > 0 &&
                    x.size(2) % factor == 0 && x.size(3) % factor == 0,
                "pixels has the shape ", x.sizes(), ", expected [F,", v.model.in_channels(), ",H,W] with H and W multiples of ", factor);
    at::Tensor mean =
        at::empty({x.size(0), v.model.latent_channels(), x.size(2) / factor, x.size(3) / factor}, x.options().dtype(at::kFloat));
    at::Tensor logvar = at::empty_like(mean);
    fmk::for_slices(x.size(0), slice_frames, "slice_frames", trace, [&](int64_t first, int64_t count) {
      const fmk::Autoencoder::Posterior posterior = v.model.encode(x.narrow(0, first, count).to(v.type), trace);
      mean.narrow(0, first, count).copy_(posterior.mean);
      logvar.narrow(0, first, count).copy_(posterior.logvar);
    });
    auto mean_handle = std::make_unique<fmk_tensor>(v.context, mean);
    *logvar_new = new fmk_tensor(v.context, logvar);
    *mean_new = mean_handle.release();
  });
}

int32_t fmk_vae_decode(fmk_vae_t* vae, const fmk_tensor_t* latents, int32_t slice_frames, const fmk_callbacks_t* callbacks,
                       fmk_tensor_t** pixels_new) {
  return fmk::guard([&] {
    fmk::argument(pixels_new, "pixels_new") = nullptr;
    fmk_vae& v = fmk::handle(vae, "vae");
    fmk::CallScope scope(v.context);
    const fmk::Trace trace(callbacks);
    const at::Tensor& z = fmk::model_input(latents, "latents", v.context);
    FMK_REQUIRE(z.dim() == 4 && z.numel() > 0 && z.size(1) == v.model.latent_channels(), "latents has the shape ", z.sizes(),
                ", expected [F,", v.model.latent_channels(), ",h,w]");
    at::Tensor pixels;
    fmk::for_slices(z.size(0), slice_frames, "slice_frames", trace, [&](int64_t first, int64_t count) {
      const at::Tensor decoded = v.model.decode(z.narrow(0, first, count).to(v.type), trace);
      if (!pixels.defined()) {
        pixels = at::empty({z.size(0), decoded.size(1), decoded.size(2), decoded.size(3)}, z.options().dtype(at::kFloat));
      }
      pixels.narrow(0, first, count).copy_(decoded);
    });
    *pixels_new = new fmk_tensor(v.context, pixels);
  });
}

}  // extern "C"
