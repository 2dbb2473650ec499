package io.freemask;

import io.freemask.edit.LayerGrid;
import io.freemask.model.AttentionLayer;
import io.freemask.model.UNetConfig;
import io.freemask.model.VaeConfig;
import io.freemask.tensor.DType;

/**
 * Estimates the memory of a run from the models' configurations.
 *
 * <p>A forward pass holds the skip connections of all levels and the working set of one layer: its
 * input joined with a skip, or a temporal layer's tokens, which are widest in the transformer in
 * front; and a slice of a feed-forward layer, or where a cross layer is fused or captured the
 * attention probabilities of one item.
 */
final class MemoryEstimator {

  /** Copies of a layer's activations at its widest: input, norm, residual, a convolution's own. */
  private static final int LAYER_COPIES = 16;

  /** Copies of a temporal layer's tokens: input, query, key, value, their sequences, output. */
  private static final int TEMPORAL_COPIES = 8;

  /** Heads of the temporal transformer in front, whose tokens are wider than its channels. */
  private static final int TRANSFORMER_IN_HEADS = 8;

  /** What the feed-forward layers work in, slice by slice. */
  private static final long FEED_FORWARD_BYTES = 128L << 20;

  /** Copies of a cross layer's probabilities: both items', mapped, blended and a temporary. */
  private static final int PROBABILITY_COPIES = 5;

  /** Full-size copies of the VAE's activations while a block runs, with the convolution's own. */
  private static final int VAE_COPIES = 6;

  private static final int FLOAT_BYTES = 4;

  private MemoryEstimator() {}

  /**
   * Estimates an edit, or with two items a generation.
   *
   * @param weightsBytes of all models, in the dtype they are loaded in
   * @param items of the largest batch: 3 with a source, 2 without
   * @param tokens L
   * @param keptLatents how many latents are kept
   */
  static MemoryEstimate estimate(
      UNetConfig unet,
      VaeConfig vae,
      long weightsBytes,
      DType dtype,
      LayerGrid grid,
      int items,
      int tokens,
      int keptLatents) {
    long frames = grid.frames();
    long latent = unet.inChannels() * frames * grid.height() * grid.width() * FLOAT_BYTES;
    return new MemoryEstimate(
        weightsBytes,
        unetBytes(unet, dtype, grid, items, tokens),
        vaeBytes(vae, dtype, grid),
        latent * (keptLatents + items));
  }

  private static long unetBytes(
      UNetConfig config, DType dtype, LayerGrid grid, int items, int tokens) {
    int element = dtype == DType.F32 ? FLOAT_BYTES : 2;
    long rows = (long) items * grid.frames() * element;
    int blocks = config.blocks();
    long skips = config.blockOutChannels().get(0) * pixels(grid, 0);
    long inner = (long) TRANSFORMER_IN_HEADS * config.attentionHeadDim().getFirst();
    long widest = TEMPORAL_COPIES * inner * pixels(grid, 0);
    for (int i = 0; i < blocks; i++) {
      long channels = config.blockOutChannels().get(i);
      skips += config.layersPerBlock() * channels * pixels(grid, i);
      if (i + 1 < blocks) {
        skips += channels * pixels(grid, i + 1);
      }
      widest = Math.max(widest, LAYER_COPIES * channels * pixels(grid, i));
    }
    long probabilities = 0;
    for (AttentionLayer layer : grid.layers()) {
      if (layer.kind() == AttentionLayer.Kind.CROSS) {
        probabilities =
            Math.max(
                probabilities,
                grid.sizeOf(layer).tokens()
                    * PROBABILITY_COPIES
                    * layer.heads()
                    * tokens
                    * grid.frames()
                    * FLOAT_BYTES);
      }
    }
    return (skips + widest) * rows + Math.max(probabilities, FEED_FORWARD_BYTES);
  }

  private static long vaeBytes(VaeConfig config, DType dtype, LayerGrid grid) {
    int element = dtype == DType.F32 ? FLOAT_BYTES : 2;
    long factor = config.factor();
    long pixels = grid.height() * factor * grid.width() * factor;
    int blocks = config.blockOutChannels().size();
    // The decoder's last block still has the channels of the one before where it begins.
    long channels = config.blockOutChannels().get(Math.min(1, blocks - 1));
    long attention = (long) grid.height() * grid.width() * grid.height() * grid.width();
    long images = 2L * grid.frames() * 3 * pixels * FLOAT_BYTES;
    return Math.max(VAE_COPIES * channels * pixels, 2 * attention) * element + images;
  }

  private static long pixels(LayerGrid grid, int level) {
    return (long) halved(grid.height(), level) * halved(grid.width(), level);
  }

  private static int halved(int size, int level) {
    int half = size;
    for (int i = 0; i < level; i++) {
      half = (half + 1) / 2;
    }
    return half;
  }
}
