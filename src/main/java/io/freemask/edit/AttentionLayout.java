package io.freemask.edit;

import io.freemask.model.AttentionLayer;
import io.freemask.model.UNetConfig;
import java.util.ArrayList;
import java.util.List;

/**
 * The attention layers that a UNet of a configuration has, in execution order, without loading it:
 * those of diffusers' {@code UNet3DConditionModel}.
 */
public final class AttentionLayout {

  private static final int TRANSFORMER_IN_HEADS = 8;
  private static final String BLOCK = ".transformer_blocks.0";

  private final UNetConfig config;
  private final List<AttentionLayer> layers = new ArrayList<>();

  private AttentionLayout(UNetConfig config) {
    this.config = config;
  }

  /** Returns the layers. */
  public static List<AttentionLayer> of(UNetConfig config) {
    AttentionLayout layout = new AttentionLayout(config);
    int blocks = config.blocks();
    layout.addTemporal(
        "transformer_in", 0, TRANSFORMER_IN_HEADS, config.attentionHeadDim().get(0), false);
    for (int i = 0; i < blocks; i++) {
      if (config.downAttention(i)) {
        layout.addBlock("down_blocks." + i, config.layersPerBlock(), i);
      }
    }
    layout.addBlock("mid_block", 1, blocks - 1);
    for (int i = 0; i < blocks; i++) {
      if (config.upAttention(i)) {
        layout.addBlock("up_blocks." + i, config.layersPerBlock() + 1, blocks - 1 - i);
      }
    }
    return List.copyOf(layout.layers);
  }

  private void addBlock(String block, int count, int level) {
    int headDim = config.attentionHeadDim().get(level);
    int heads = config.blockOutChannels().get(level) / headDim;
    for (int i = 0; i < count; i++) {
      String spatial = block + ".attentions." + i + BLOCK;
      layers.add(
          new AttentionLayer(
              spatial + ".attn1", AttentionLayer.Kind.SELF, level, heads, headDim, true));
      layers.add(
          new AttentionLayer(
              spatial + ".attn2", AttentionLayer.Kind.CROSS, level, heads, headDim, true));
      addTemporal(block + ".temp_attentions." + i, level, heads, headDim, true);
    }
  }

  private void addTemporal(
      String transformer, int level, int heads, int headDim, boolean controlled) {
    for (String attention : List.of(".attn1", ".attn2")) {
      layers.add(
          new AttentionLayer(
              transformer + BLOCK + attention,
              AttentionLayer.Kind.TEMPORAL,
              level,
              heads,
              headDim,
              controlled));
    }
  }
}
