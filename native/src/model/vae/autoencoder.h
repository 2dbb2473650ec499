#pragma once

#include <optional>
#include <vector>

#include "model/resnet.h"

namespace fmk {

/* Attention over the pixels of one frame, with one head: the middle of encoder and decoder. */
class VaeAttention {
 public:
  VaeAttention(const WeightPath& at, int64_t channels, int64_t groups);
  /* x [B,C,h,w] -> the same */
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  GroupNorm group_norm_;
  Linear to_q_;
  Linear to_k_;
  Linear to_v_;
  Linear to_out_;
};

/* resnet, attention, resnet */
class VaeMidBlock {
 public:
  VaeMidBlock(const WeightPath& at, int64_t channels, int64_t groups, bool attention);
  at::Tensor operator()(at::Tensor x, const Trace& trace) const;

 private:
  Resnet resnet0_;
  std::optional<VaeAttention> attention_;
  Resnet resnet1_;
};

class VaeEncoder {
 public:
  VaeEncoder(const WeightPath& at, const fmk_vae_config_t& config);
  /* x [B,in,H,W] -> [B,2*latent,H/f,W/f], mean and logvar */
  at::Tensor operator()(at::Tensor x, const Trace& trace) const;

 private:
  struct Block {
    std::vector<Resnet> resnets;
    std::optional<Conv2d> downsampler;
  };
  Conv2d conv_in_;
  std::vector<Block> blocks_;
  VaeMidBlock mid_block_;
  GroupNorm conv_norm_out_;
  Conv2d conv_out_;
};

class VaeDecoder {
 public:
  VaeDecoder(const WeightPath& at, const fmk_vae_config_t& config);
  /* x [B,latent,h,w] -> [B,out,h*f,w*f] */
  at::Tensor operator()(at::Tensor x, const Trace& trace) const;

 private:
  struct Block {
    std::vector<Resnet> resnets;
    std::optional<Conv2d> upsampler;
  };
  Conv2d conv_in_;
  VaeMidBlock mid_block_;
  std::vector<Block> blocks_;
  GroupNorm conv_norm_out_;
  Conv2d conv_out_;
};

/* AutoencoderKL of diffusers (models/autoencoders/autoencoder_kl.py), unscaled. */
class Autoencoder {
 public:
  Autoencoder(const WeightPath& at, const fmk_vae_config_t& config);

  struct Posterior {
    at::Tensor mean;
    at::Tensor logvar; /* clamped to [-30,20] */
  };
  /* pixels [B,in,H,W] -> each [B,latent,H/f,W/f] */
  Posterior encode(const at::Tensor& pixels, const Trace& trace) const;
  /* latents [B,latent,h,w] -> [B,out,h*f,w*f] */
  at::Tensor decode(const at::Tensor& latents, const Trace& trace) const;

  int64_t factor() const { return factor_; }
  int64_t in_channels() const { return in_channels_; }
  int64_t latent_channels() const { return latent_channels_; }

 private:
  int64_t factor_;
  int64_t in_channels_;
  int64_t latent_channels_;
  VaeEncoder encoder_;
  std::optional<Conv2d> quant_conv_;
  std::optional<Conv2d> post_quant_conv_;
  VaeDecoder decoder_;
};

/* Renames what older checkpoints call differently: query, key, value and proj_attn, as linear layers or as 1x1 convolutions. */
WeightReader::Tensors vae_weights(const WeightReader::Tensors& stored);

}  // namespace fmk
