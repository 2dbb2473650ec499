package io.freemask.model;

import io.freemask.InvalidInputException;
import io.freemask.internal.config.ConfigFile;
import io.freemask.internal.ffi.VaeCalls;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Set;

/**
 * Configuration of an {@code AutoencoderKL} of diffusers, under its field names and with its
 * defaults.
 *
 * @param inChannels pixel channels in
 * @param outChannels pixel channels out
 * @param latentChannels latent channels
 * @param layersPerBlock resnets of an encoder block; a decoder block has one more
 * @param normNumGroups groups of the group norms
 * @param blockOutChannels channels by block
 * @param scalingFactor latents of the UNet are latents of the VAE times this
 * @param midBlockAddAttention whether the middle blocks have attention
 * @param useQuantConv whether a 1x1 convolution follows the encoder
 * @param usePostQuantConv whether a 1x1 convolution precedes the decoder
 */
public record VaeConfig(
    int inChannels,
    int outChannels,
    int latentChannels,
    int layersPerBlock,
    int normNumGroups,
    List<Integer> blockOutChannels,
    double scalingFactor,
    boolean midBlockAddAttention,
    boolean useQuantConv,
    boolean usePostQuantConv) {

  private static final String DOWN = "DownEncoderBlock2D";
  private static final String UP = "UpDecoderBlock2D";
  private static final int MAX_BLOCKS = 8;

  private static final Set<String> FIELDS =
      Set.of(
          "in_channels",
          "out_channels",
          "down_block_types",
          "up_block_types",
          "block_out_channels",
          "layers_per_block",
          "act_fn",
          "latent_channels",
          "norm_num_groups",
          "sample_size",
          "scaling_factor",
          "shift_factor",
          "latents_mean",
          "latents_std",
          "force_upcast",
          "use_quant_conv",
          "use_post_quant_conv",
          "mid_block_add_attention");

  /** Makes the list immutable. */
  public VaeConfig {
    blockOutChannels = List.copyOf(blockOutChannels);
  }

  /**
   * Reads a {@code config.json}.
   *
   * @throws InvalidInputException when a field has a value that is wrong or not supported
   */
  public static VaeConfig read(Path path) {
    ConfigFile file = ConfigFile.read(path);
    file.choice("_class_name", "AutoencoderKL", List.of("AutoencoderKL"));
    file.warnAboutUnknown(FIELDS);
    file.choice("act_fn", "silu", List.of("silu", "swish"));
    for (String field : List.of("shift_factor", "latents_mean", "latents_std")) {
      file.requireAbsent(field);
    }
    List<Integer> channels = file.positives("block_out_channels").orElse(List.of(64));
    int blocks = channels.size();
    if (blocks > MAX_BLOCKS) {
      throw file.wrong("block_out_channels", "at most " + MAX_BLOCKS + " blocks");
    }
    file.blockTypes("down_block_types", Collections.nCopies(1, DOWN), blocks, List.of(DOWN));
    file.blockTypes("up_block_types", Collections.nCopies(1, UP), blocks, List.of(UP));
    int groups = file.positive("norm_num_groups", 32);
    for (int count : channels) {
      if (count % groups != 0) {
        throw file.wrong("norm_num_groups", "a divisor of block_out_channels " + channels);
      }
    }
    return new VaeConfig(
        file.positive("in_channels", 3),
        file.positive("out_channels", 3),
        file.positive("latent_channels", 4),
        file.positive("layers_per_block", 1),
        groups,
        channels,
        file.positiveNumber("scaling_factor", 0.18215),
        file.flag("mid_block_add_attention", true),
        file.flag("use_quant_conv", true),
        file.flag("use_post_quant_conv", true));
  }

  /** Returns how many pixels a latent is wide and high. */
  public int factor() {
    return 1 << (blockOutChannels.size() - 1);
  }

  VaeCalls.Config toNative() {
    return new VaeCalls.Config(
        inChannels,
        outChannels,
        latentChannels,
        layersPerBlock,
        normNumGroups,
        midBlockAddAttention,
        useQuantConv,
        usePostQuantConv,
        blockOutChannels);
  }
}
