package io.freemask.model;

import io.freemask.tensor.Shape;
import java.util.List;
import java.util.Map;

/** The parameters of an {@code AutoencoderKL}, from its configuration alone. */
public final class VaeLayout {

  private final ParameterList list = new ParameterList();
  private final VaeConfig config;

  private VaeLayout(VaeConfig config) {
    this.config = config;
  }

  /** Returns name and shape of every parameter, under the present names of diffusers. */
  public static Map<String, Shape> parameters(VaeConfig config) {
    VaeLayout layout = new VaeLayout(config);
    layout.encoder();
    layout.decoder();
    long latent = config.latentChannels();
    if (config.useQuantConv()) {
      layout.list.conv2d("quant_conv", 2 * latent, 2 * latent, 1);
    }
    if (config.usePostQuantConv()) {
      layout.list.conv2d("post_quant_conv", latent, latent, 1);
    }
    return layout.list.parameters();
  }

  private void encoder() {
    List<Integer> channels = config.blockOutChannels();
    list.conv2d("encoder.conv_in", config.inChannels(), channels.getFirst(), 3);
    for (int i = 0; i < channels.size(); i++) {
      String block = "encoder.down_blocks." + i;
      long out = channels.get(i);
      resnets(block, config.layersPerBlock(), channels.get(Math.max(i - 1, 0)), out);
      if (i + 1 < channels.size()) {
        list.conv2d(block + ".downsamplers.0.conv", out, out, 3);
      }
    }
    middle("encoder.mid_block");
    list.norm("encoder.conv_norm_out", channels.getLast());
    list.conv2d("encoder.conv_out", channels.getLast(), 2L * config.latentChannels(), 3);
  }

  private void decoder() {
    List<Integer> channels = config.blockOutChannels().reversed();
    list.conv2d("decoder.conv_in", config.latentChannels(), channels.getFirst(), 3);
    middle("decoder.mid_block");
    for (int i = 0; i < channels.size(); i++) {
      String block = "decoder.up_blocks." + i;
      long out = channels.get(i);
      resnets(block, config.layersPerBlock() + 1, channels.get(Math.max(i - 1, 0)), out);
      if (i + 1 < channels.size()) {
        list.conv2d(block + ".upsamplers.0.conv", out, out, 3);
      }
    }
    list.norm("decoder.conv_norm_out", channels.getLast());
    list.conv2d("decoder.conv_out", channels.getLast(), config.outChannels(), 3);
  }

  private void resnets(String block, int count, long in, long out) {
    for (int j = 0; j < count; j++) {
      list.resnet(block + ".resnets." + j, j == 0 ? in : out, out, 0);
    }
  }

  private void middle(String block) {
    long channels = config.blockOutChannels().getLast();
    list.resnet(block + ".resnets.0", channels, channels, 0);
    if (config.midBlockAddAttention()) {
      String attention = block + ".attentions.0";
      list.norm(attention + ".group_norm", channels);
      for (String name : List.of("to_q", "to_k", "to_v", "to_out.0")) {
        list.linear(attention + "." + name, channels, channels);
      }
    }
    list.resnet(block + ".resnets.1", channels, channels, 0);
  }
}
