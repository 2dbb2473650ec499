#include "model/unet/unet_3d.h"

#include <ATen/ops/silu.h>

#include <algorithm>

#include "core/error.h"

namespace fmk {
namespace {

constexpr int64_t kTransformerInHeads = 8;

}  // namespace

UNet3d::UNet3d(const WeightPath& at, const fmk_unet_config_t& config)
    : in_channels_(config.in_channels),
      text_channels_(config.cross_attention_dim),
      base_channels_(config.block_out_channels[0]),
      time_projection_(base_channels_, at.device()),
      conv_in_(at / "conv_in", config.in_channels, base_channels_, 3),
      time_embedding_(at / "time_embedding", base_channels_, 4 * base_channels_),
      transformer_in_(at / "transformer_in", base_channels_, kTransformerInHeads, config.attention_head_dim[0], config.norm_num_groups, 0,
                      false),
      conv_norm_out_(at / "conv_norm_out", config.norm_num_groups, base_channels_, config.norm_eps),
      conv_out_(at / "conv_out", base_channels_, config.out_channels, 3) {
  const BlockSettings settings{4 * base_channels_, config.cross_attention_dim, config.norm_num_groups, config.norm_eps};
  const int32_t blocks = config.block_count;
  const auto channels = [&](int32_t i) -> int64_t { return config.block_out_channels[i]; };

  for (int32_t i = 0; i < blocks; ++i) {
    const int64_t head_dim = config.down_attention[i] != 0 ? config.attention_head_dim[i] : 0;
    down_blocks_.emplace_back(at / "down_blocks" / i, config.layers_per_block, channels(std::max(i - 1, 0)), channels(i), head_dim, i,
                              i + 1 < blocks, config.downsample_padding, settings);
  }
  mid_block_.emplace(at / "mid_block", channels(blocks - 1), config.attention_head_dim[blocks - 1], blocks - 1,
                     config.mid_block_scale_factor, settings);
  for (int32_t i = 0; i < blocks; ++i) {
    const int32_t level = blocks - 1 - i;
    const int64_t head_dim = config.up_attention[i] != 0 ? config.attention_head_dim[level] : 0;
    up_blocks_.emplace_back(at / "up_blocks" / i, config.layers_per_block + 1, channels(std::max(level - 1, 0)),
                            channels(std::min(level + 1, blocks - 1)), channels(level), head_dim, level, level > 0, settings);
  }

  transformer_in_.list(attention_layers_);
  for (const DownBlock& block : down_blocks_) block.list(attention_layers_);
  mid_block_->list(attention_layers_);
  for (const UpBlock& block : up_blocks_) block.list(attention_layers_);
}

at::Tensor UNet3d::forward(const at::Tensor& latents, const at::Tensor& text, const at::Tensor& time, const Plan* plan, WordMaps* words,
                           const SourceStates* source, AttentionRoute& attention, const Trace& trace) const {
  const int64_t batch = latents.size(0);
  const int64_t frames = latents.size(2);

  // 1. time
  trace.probe("time_proj", [&] { return time.expand({batch, -1}); });
  const at::Tensor embedded = time_embedding_(time.to(latents.scalar_type()));
  trace.probe("time_embedding", [&] { return embedded.expand({batch, -1}); });
  const ForwardState state{batch, frames, at::silu(embedded), text, plan, words, source, attention, trace};

  // 2. pre-process
  at::Tensor x = latents.transpose(1, 2)
                     .reshape({batch * frames, latents.size(1), latents.size(3), latents.size(4)})
                     .contiguous(at::MemoryFormat::ChannelsLast);
  x = conv_in_(x);
  trace.probe("conv_in", x);
  x = transformer_in_(x, state);
  trace.tick();

  // 3. down
  std::vector<at::Tensor> skips{x};
  for (const DownBlock& block : down_blocks_) x = block(x, skips, state);

  // 4. mid
  x = (*mid_block_)(x, state);

  // 5. up
  for (const UpBlock& block : up_blocks_) x = block(x, skips, state);

  // 6. post-process
  trace.probe("conv_norm_out", [&] { return conv_norm_out_(x); });
  x = conv_out_(conv_norm_out_.silu(x));
  return x.view({batch, frames, x.size(1), x.size(2), x.size(3)}).transpose(1, 2);
}

}  // namespace fmk
