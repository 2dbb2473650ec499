package io.freemask.model;

import io.freemask.InvalidInputException;
import io.freemask.internal.config.ConfigFile;
import io.freemask.internal.ffi.UNetCalls;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * Configuration of a {@code UNet3DConditionModel} of diffusers, under its field names and with its
 * defaults.
 *
 * <p>diffusers reads {@code attention_head_dim} as the number of channels of one head in this
 * class: a block of 320 channels has 5 heads of 64. {@code num_attention_heads} has to be null
 * there too.
 *
 * @param sampleSize latent size it was trained at, or 0 when unknown; has no effect
 * @param inChannels latent channels in
 * @param outChannels latent channels out
 * @param layersPerBlock resnets of a down block; an up block has one more
 * @param normNumGroups groups of the group norms
 * @param crossAttentionDim channels of the text states
 * @param downsamplePadding padding of the downsampling convolutions, 1
 * @param midBlockScaleFactor divisor of the middle block's residual connections
 * @param normEps epsilon of the resnets' group norms
 * @param blockOutChannels channels by block
 * @param attentionHeadDim channels of one head by block
 * @param downBlockTypes diffusers' class names by block
 * @param upBlockTypes diffusers' class names by block, in execution order
 */
public record UNetConfig(
    int sampleSize,
    int inChannels,
    int outChannels,
    int layersPerBlock,
    int normNumGroups,
    int crossAttentionDim,
    int downsamplePadding,
    double midBlockScaleFactor,
    double normEps,
    List<Integer> blockOutChannels,
    List<Integer> attentionHeadDim,
    List<String> downBlockTypes,
    List<String> upBlockTypes) {

  private static final String DOWN_CROSS = "CrossAttnDownBlock3D";
  private static final String DOWN_PLAIN = "DownBlock3D";
  private static final String UP_CROSS = "CrossAttnUpBlock3D";
  private static final String UP_PLAIN = "UpBlock3D";
  private static final int MAX_BLOCKS = 8;

  private static final Set<String> FIELDS =
      Set.of(
          "sample_size",
          "in_channels",
          "out_channels",
          "down_block_types",
          "up_block_types",
          "block_out_channels",
          "layers_per_block",
          "downsample_padding",
          "mid_block_scale_factor",
          "act_fn",
          "norm_num_groups",
          "norm_eps",
          "cross_attention_dim",
          "attention_head_dim",
          "num_attention_heads",
          "time_cond_proj_dim");

  /** Makes the lists immutable. */
  public UNetConfig {
    blockOutChannels = List.copyOf(blockOutChannels);
    attentionHeadDim = List.copyOf(attentionHeadDim);
    downBlockTypes = List.copyOf(downBlockTypes);
    upBlockTypes = List.copyOf(upBlockTypes);
  }

  /**
   * Reads a {@code config.json}.
   *
   * @throws InvalidInputException when a field has a value that is wrong or not supported
   */
  public static UNetConfig read(Path path) {
    ConfigFile file = ConfigFile.read(path);
    file.choice("_class_name", "UNet3DConditionModel", List.of("UNet3DConditionModel"));
    file.warnAboutUnknown(FIELDS);
    file.choice("act_fn", "silu", List.of("silu", "swish"));
    file.requireAbsent("num_attention_heads");
    file.requireAbsent("time_cond_proj_dim");
    List<Integer> channels =
        file.positives("block_out_channels").orElse(List.of(320, 640, 1280, 1280));
    int blocks = channels.size();
    if (blocks > MAX_BLOCKS) {
      throw file.wrong("block_out_channels", "at most " + MAX_BLOCKS + " blocks");
    }
    int groups = file.positive("norm_num_groups", 32);
    List<Integer> headDims = file.positivesByBlock("attention_head_dim", 64, blocks);
    for (int i = 0; i < blocks; i++) {
      if (channels.get(i) % headDims.get(i) != 0) {
        throw file.wrong("attention_head_dim", "a divisor of block_out_channels " + channels);
      }
      if (channels.get(i) % groups != 0) {
        throw file.wrong("norm_num_groups", "a divisor of block_out_channels " + channels);
      }
    }
    int padding = file.notNegative("downsample_padding", 1);
    if (padding != 1) {
      throw file.wrong("downsample_padding", "1");
    }
    int sampleSize = file.has("sample_size") ? file.requirePositive("sample_size") : 0;
    return new UNetConfig(
        sampleSize,
        file.positive("in_channels", 4),
        file.positive("out_channels", 4),
        file.positive("layers_per_block", 2),
        groups,
        file.positive("cross_attention_dim", 1024),
        padding,
        file.positiveNumber("mid_block_scale_factor", 1),
        file.positiveNumber("norm_eps", 1e-5),
        channels,
        headDims,
        file.blockTypes(
            "down_block_types",
            List.of(DOWN_CROSS, DOWN_CROSS, DOWN_CROSS, DOWN_PLAIN),
            blocks,
            List.of(DOWN_CROSS, DOWN_PLAIN)),
        file.blockTypes(
            "up_block_types",
            List.of(UP_PLAIN, UP_CROSS, UP_CROSS, UP_CROSS),
            blocks,
            List.of(UP_CROSS, UP_PLAIN)));
  }

  /** Returns the number of resolution blocks. */
  public int blocks() {
    return blockOutChannels.size();
  }

  /** Returns whether down block {@code i} has attention. */
  public boolean downAttention(int i) {
    return downBlockTypes.get(i).equals(DOWN_CROSS);
  }

  /** Returns whether up block {@code i}, in execution order, has attention. */
  public boolean upAttention(int i) {
    return upBlockTypes.get(i).equals(UP_CROSS);
  }

  UNetCalls.Config toNative() {
    return new UNetCalls.Config(
        inChannels,
        outChannels,
        layersPerBlock,
        normNumGroups,
        crossAttentionDim,
        downsamplePadding,
        (float) midBlockScaleFactor,
        (float) normEps,
        blockOutChannels,
        attentionHeadDim,
        downBlockTypes.stream().map(DOWN_CROSS::equals).toList(),
        upBlockTypes.stream().map(UP_CROSS::equals).toList());
  }
}
