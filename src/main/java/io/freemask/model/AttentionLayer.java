package io.freemask.model;

import io.freemask.internal.ffi.UNetCalls;

/**
 * An attention layer of a UNet.
 *
 * @param name its module path, such as {@code
 *     down_blocks.0.attentions.0.transformer_blocks.0.attn2}
 * @param kind what it attends over
 * @param level halvings of the latent grid
 * @param heads number of heads
 * @param headDim channels of one head
 * @param controlled whether an attention plan can change it; false for {@code transformer_in}
 */
public record AttentionLayer(
    String name, Kind kind, int level, int heads, int headDim, boolean controlled) {

  /** Kinds of attention, in the order of {@code fmk.h}. */
  public enum Kind {
    /** Over the positions of a frame. */
    SELF,
    /** Over the tokens of the text. */
    CROSS,
    /** Over the frames of a position. */
    TEMPORAL
  }

  static AttentionLayer of(UNetCalls.Layer layer) {
    return new AttentionLayer(
        layer.name(),
        Kind.values()[layer.kind()],
        layer.level(),
        layer.heads(),
        layer.headDim(),
        layer.controlled());
  }

  /** Returns the height h of this layer's grid for latents of the given height. */
  public int height(int latentHeight) {
    return halved(latentHeight);
  }

  /** Returns the width w of this layer's grid for latents of the given width. */
  public int width(int latentWidth) {
    return halved(latentWidth);
  }

  /** Each level has half the size, rounded up, as stride-2 convolutions with padding 1 give it. */
  private int halved(int size) {
    int result = size;
    for (int i = 0; i < level; i++) {
      result = (result + 1) / 2;
    }
    return result;
  }
}
