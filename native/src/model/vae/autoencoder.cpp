#include "model/vae/autoencoder.h"

#include <ATen/ops/constant_pad_nd.h>

#include "core/error.h"
#include "ops/attention.h"

namespace fmk {
namespace {

constexpr double kNormEps = 1e-6;

}  // namespace

// ---- middle -------------------------------------------------------------------------------------------------------------------------

VaeAttention::VaeAttention(const WeightPath& at, int64_t channels, int64_t groups)
    : group_norm_(at / "group_norm", groups, channels, kNormEps),
      to_q_(at / "to_q", channels, channels),
      to_k_(at / "to_k", channels, channels),
      to_v_(at / "to_v", channels, channels),
      to_out_(at / "to_out" / 0, channels, channels) {}

at::Tensor VaeAttention::operator()(const at::Tensor& x) const {
  const at::Tensor h = to_tokens(group_norm_(x));
  const auto one_head = [](const at::Tensor& t) { return split_heads(t, 1); };
  const at::Tensor values = merge_heads(attention(one_head(to_q_(h)), one_head(to_k_(h)), one_head(to_v_(h))));
  return to_image(to_out_.add(values, to_tokens(x)), x.size(2), x.size(3));
}

VaeMidBlock::VaeMidBlock(const WeightPath& at, int64_t channels, int64_t groups, bool attention)
    : resnet0_(at / "resnets" / 0, channels, channels, 0, groups, kNormEps),
      resnet1_(at / "resnets" / 1, channels, channels, 0, groups, kNormEps) {
  if (attention) attention_.emplace(at / "attentions" / 0, channels, groups);
}

at::Tensor VaeMidBlock::operator()(at::Tensor x, const Trace& trace) const {
  x = resnet0_(x, {}, trace);
  if (attention_) x = (*attention_)(x);
  return resnet1_(x, {}, trace);
}

// ---- encoder ------------------------------------------------------------------------------------------------------------------------

VaeEncoder::VaeEncoder(const WeightPath& at, const fmk_vae_config_t& config)
    : conv_in_(at / "conv_in", config.in_channels, config.block_out_channels[0], 3),
      mid_block_(at / "mid_block", config.block_out_channels[config.block_count - 1], config.norm_num_groups,
                 config.mid_block_add_attention != 0),
      conv_norm_out_(at / "conv_norm_out", config.norm_num_groups, config.block_out_channels[config.block_count - 1], kNormEps),
      conv_out_(at / "conv_out", config.block_out_channels[config.block_count - 1], 2 * config.latent_channels, 3) {
  int64_t in = config.block_out_channels[0];
  for (int32_t i = 0; i < config.block_count; ++i) {
    const WeightPath path = at / "down_blocks" / i;
    const int64_t out = config.block_out_channels[i];
    Block block;
    for (int32_t j = 0; j < config.layers_per_block; ++j) {
      block.resnets.emplace_back(path / "resnets" / j, j == 0 ? in : out, out, 0, config.norm_num_groups, kNormEps);
    }
    if (i + 1 < config.block_count) block.downsampler.emplace(path / "downsamplers" / 0 / "conv", out, out, 3, 2, 0);
    blocks_.push_back(std::move(block));
    in = out;
  }
}

at::Tensor VaeEncoder::operator()(at::Tensor x, const Trace& trace) const {
  x = conv_in_(x);
  for (const Block& block : blocks_) {
    for (const Resnet& resnet : block.resnets) x = resnet(x, {}, trace);
    /* Padded on the right and below only, as the model was trained. */
    if (block.downsampler) x = (*block.downsampler)(at::constant_pad_nd(x, {0, 1, 0, 1}));
    trace.tick();
  }
  return conv_out_(conv_norm_out_.silu(mid_block_(x, trace)));
}

// ---- decoder ------------------------------------------------------------------------------------------------------------------------

VaeDecoder::VaeDecoder(const WeightPath& at, const fmk_vae_config_t& config)
    : conv_in_(at / "conv_in", config.latent_channels, config.block_out_channels[config.block_count - 1], 3),
      mid_block_(at / "mid_block", config.block_out_channels[config.block_count - 1], config.norm_num_groups,
                 config.mid_block_add_attention != 0),
      conv_norm_out_(at / "conv_norm_out", config.norm_num_groups, config.block_out_channels[0], kNormEps),
      conv_out_(at / "conv_out", config.block_out_channels[0], config.out_channels, 3) {
  int64_t in = config.block_out_channels[config.block_count - 1];
  for (int32_t i = 0; i < config.block_count; ++i) {
    const WeightPath path = at / "up_blocks" / i;
    const int64_t out = config.block_out_channels[config.block_count - 1 - i];
    Block block;
    for (int32_t j = 0; j <= config.layers_per_block; ++j) {
      block.resnets.emplace_back(path / "resnets" / j, j == 0 ? in : out, out, 0, config.norm_num_groups, kNormEps);
    }
    if (i + 1 < config.block_count) block.upsampler.emplace(path / "upsamplers" / 0 / "conv", out, out, 3);
    blocks_.push_back(std::move(block));
    in = out;
  }
}

at::Tensor VaeDecoder::operator()(at::Tensor x, const Trace& trace) const {
  x = mid_block_(conv_in_(x), trace);
  for (const Block& block : blocks_) {
    for (const Resnet& resnet : block.resnets) x = resnet(x, {}, trace);
    if (block.upsampler) x = (*block.upsampler)(upsample_nearest(x, 2 * x.size(2), 2 * x.size(3)));
    trace.tick();
  }
  return conv_out_(conv_norm_out_.silu(x));
}

// ---- whole --------------------------------------------------------------------------------------------------------------------------

Autoencoder::Autoencoder(const WeightPath& at, const fmk_vae_config_t& config)
    : factor_(int64_t{1} << (config.block_count - 1)),
      in_channels_(config.in_channels),
      latent_channels_(config.latent_channels),
      encoder_(at / "encoder", config),
      decoder_(at / "decoder", config) {
  if (config.use_quant_conv != 0) quant_conv_.emplace(at / "quant_conv", 2 * latent_channels_, 2 * latent_channels_, 1);
  if (config.use_post_quant_conv != 0) post_quant_conv_.emplace(at / "post_quant_conv", latent_channels_, latent_channels_, 1);
}

Autoencoder::Posterior Autoencoder::encode(const at::Tensor& pixels, const Trace& trace) const {
  at::Tensor moments = encoder_(pixels.contiguous(at::MemoryFormat::ChannelsLast), trace);
  if (quant_conv_) moments = (*quant_conv_)(moments);
  return {moments.narrow(1, 0, latent_channels_), moments.narrow(1, latent_channels_, latent_channels_).clamp(-30.0, 20.0)};
}

at::Tensor Autoencoder::decode(const at::Tensor& latents, const Trace& trace) const {
  at::Tensor x = latents.contiguous(at::MemoryFormat::ChannelsLast);
  if (post_quant_conv_) x = (*post_quant_conv_)(x);
  return decoder_(x, trace);
}

WeightReader::Tensors vae_weights(const WeightReader::Tensors& stored) {
  WeightReader::Tensors result;
  for (const auto& [name, tensor] : stored) {
    std::string renamed = name;
    at::Tensor value = tensor;
    if (const size_t place = name.find(".attentions."); place != std::string::npos) {
      for (const auto& [old_part, new_part] : {std::pair<std::string, std::string>{".query.", ".to_q."},
                                               {".key.", ".to_k."},
                                               {".value.", ".to_v."},
                                               {".proj_attn.", ".to_out.0."}}) {
        if (const size_t at = renamed.find(old_part, place); at != std::string::npos) renamed.replace(at, old_part.size(), new_part);
      }
      if (value.dim() == 4 && value.size(2) == 1 && value.size(3) == 1) value = value.view({value.size(0), value.size(1)});
    }
    FMK_REQUIRE(result.emplace(renamed, value).second, "tensor '", renamed, "' of the VAE is there twice, once under an older name");
  }
  return result;
}

}  // namespace fmk
