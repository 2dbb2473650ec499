package io.freemask.model;

import io.freemask.tensor.Shape;
import java.util.List;
import java.util.Map;

/**
 * The parameters of a {@code UNet3DConditionModel}, from its configuration alone: what a checkpoint
 * has to hold, and how large the model is before a weight is read.
 */
public final class UNetLayout {

  private static final long TRANSFORMER_IN_HEADS = 8;

  private final ParameterList list = new ParameterList();
  private final UNetConfig config;
  private final long timeChannels;

  private UNetLayout(UNetConfig config) {
    this.config = config;
    this.timeChannels = 4L * config.blockOutChannels().getFirst();
  }

  /** Returns name and shape of every parameter. */
  public static Map<String, Shape> parameters(UNetConfig config) {
    UNetLayout layout = new UNetLayout(config);
    layout.build();
    return layout.list.parameters();
  }

  private void build() {
    List<Integer> channels = config.blockOutChannels();
    long base = channels.getFirst();
    int blocks = config.blocks();
    list.conv2d("conv_in", config.inChannels(), base, 3);
    list.linear("time_embedding.linear_1", base, timeChannels);
    list.linear("time_embedding.linear_2", timeChannels, timeChannels);
    temporalTransformer(
        "transformer_in", base, TRANSFORMER_IN_HEADS * config.attentionHeadDim().getFirst());
    for (int i = 0; i < blocks; i++) {
      String block = "down_blocks." + i;
      long out = channels.get(i);
      for (int j = 0; j < config.layersPerBlock(); j++) {
        long in = j > 0 ? out : channels.get(Math.max(i - 1, 0));
        layer(block, j, in, out, config.downAttention(i));
      }
      if (i + 1 < blocks) {
        list.conv2d(block + ".downsamplers.0.conv", out, out, 3);
      }
    }
    long middle = channels.getLast();
    layer("mid_block", 0, middle, middle, true);
    layer("mid_block", 1, middle, middle, false);
    for (int i = 0; i < blocks; i++) {
      String block = "up_blocks." + i;
      int level = blocks - 1 - i;
      long out = channels.get(level);
      for (int j = 0; j <= config.layersPerBlock(); j++) {
        long previous = j > 0 ? out : channels.get(Math.min(level + 1, blocks - 1));
        long skip = j < config.layersPerBlock() ? out : channels.get(Math.max(level - 1, 0));
        layer(block, j, previous + skip, out, config.upAttention(i));
      }
      if (level > 0) {
        list.conv2d(block + ".upsamplers.0.conv", out, out, 3);
      }
    }
    list.norm("conv_norm_out", base);
    list.conv2d("conv_out", base, config.outChannels(), 3);
  }

  private void layer(String block, int index, long in, long out, boolean attention) {
    list.resnet(block + ".resnets." + index, in, out, timeChannels);
    temporalConvolution(block + ".temp_convs." + index, out);
    if (attention) {
      spatialTransformer(block + ".attentions." + index, out);
      temporalTransformer(block + ".temp_attentions." + index, out, out);
    }
  }

  private void temporalConvolution(String path, long channels) {
    for (int i = 1; i <= 4; i++) {
      String stage = path + ".conv" + i;
      String convolution = stage + (i == 1 ? ".2" : ".3");
      list.norm(stage + ".0", channels);
      list.add(convolution + ".weight", channels, channels, 3, 1, 1);
      list.add(convolution + ".bias", channels);
    }
  }

  private void spatialTransformer(String path, long channels) {
    transformer(path, channels, channels, config.crossAttentionDim());
  }

  private void temporalTransformer(String path, long channels, long inner) {
    transformer(path, channels, inner, inner);
  }

  /** The two kinds differ in what the second attention attends to. */
  private void transformer(String path, long channels, long inner, long context) {
    String block = path + ".transformer_blocks.0";
    list.norm(path + ".norm", channels);
    list.linear(path + ".proj_in", channels, inner);
    list.norm(block + ".norm1", inner);
    attention(block + ".attn1", inner, inner);
    list.norm(block + ".norm2", inner);
    attention(block + ".attn2", inner, context);
    list.norm(block + ".norm3", inner);
    list.linear(block + ".ff.net.0.proj", inner, 8 * inner);
    list.linear(block + ".ff.net.2", 4 * inner, inner);
    list.linear(path + ".proj_out", inner, channels);
  }

  private void attention(String path, long channels, long context) {
    list.linearWithoutBias(path + ".to_q", channels, channels);
    list.linearWithoutBias(path + ".to_k", context, channels);
    list.linearWithoutBias(path + ".to_v", context, channels);
    list.linear(path + ".to_out.0", channels, channels);
  }
}
