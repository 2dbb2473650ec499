package io.freemask;

import io.freemask.edit.LayerGrid;
import io.freemask.model.AttentionLayer;
import io.freemask.model.UNetConfig;
import io.freemask.model.VaeConfig;
import io.freemask.tensor.DType;

/**
 * Estimates the memory of a run from the models' configurations.
 *
 * <p>A forward pass holds the skip connections and the working set of one layer. That of a
 * transformer is counted in copies of its tokens, and was measured: within 10 % from 256x256 to
 * 512x512 pixels and 8 to 16 frames.
 */
final class MemoryEstimator {

  /** Copies of the tokens in self and temporal attention: residual, norm, q, k, v, their heads. */
  private static final int ATTENTION_COPIES = 8;

  /** Copies of the tokens in cross attention, whose keys and values are few. */
  private static final int CROSS_COPIES = 5;

  /** Copies of a fused cross layer's probabilities: both items', mapped, blended, a temporary. */
  private static final int PROBABILITY_COPIES = 5;

  /** Copies of the tokens around a feed-forward layer: residual, norm, input and output. */
  private static final int AROUND_FEED_FORWARD = 4;

  /** Inside of it: eight times the channels, and the gate's four. */
  private static final int FEED_FORWARD_COPIES = 12;

  /** It works on slices of at most this, and half as much for the gate. */
  private static final long FEED_FORWARD_BYTES = 96L << 20;

  /** Sequences of at most so many frames have their attention probabilities in memory. */
  private static final int SHORT_SEQUENCE = 32;

  /** Copies of the VAE's full-size activations: upsampled, convolved, normalised. */
  private static final int VAE_COPIES = 3;

  private static final int FLOAT_BYTES = 4;

  private MemoryEstimator() {}

  /**
   * Estimates an edit, or with two items a generation.
   *
   * @param weightsBytes of all models, in the dtype they are loaded in
   * @param items of the largest batch: 3 with a source, 2 without
   * @param tokens L
   * @param keptLatents how many latents are kept
   * @param sourceCacheBytes what is kept of the source
   */
  static MemoryEstimate estimate(
      UNetConfig unet,
      VaeConfig vae,
      long weightsBytes,
      DType dtype,
      LayerGrid grid,
      int items,
      int tokens,
      int keptLatents,
      long sourceCacheBytes) {
    long frames = grid.frames();
    long latent = unet.inChannels() * frames * grid.height() * grid.width() * FLOAT_BYTES;
    return new MemoryEstimate(
        weightsBytes,
        unetBytes(unet, dtype, grid, items, tokens),
        vaeBytes(vae, dtype, grid),
        latent * (keptLatents + items),
        sourceCacheBytes);
  }

  private static long unetBytes(
      UNetConfig config, DType dtype, LayerGrid grid, int items, int tokens) {
    long rows = (long) items * grid.frames() * dtype.bytes();
    long skips = rows * skipValues(config, grid);
    long most = 0;
    for (AttentionLayer layer : grid.layers()) {
      long pixels = grid.sizeOf(layer).tokens();
      long copy = pixels * layer.heads() * layer.headDim() * rows;
      long attention =
          switch (layer.kind()) {
            case CROSS ->
                CROSS_COPIES * copy
                    + pixels
                        * tokens
                        * grid.frames()
                        * layer.heads()
                        * dtype.bytes()
                        * PROBABILITY_COPIES;
            case SELF -> ATTENTION_COPIES * copy;
            case TEMPORAL ->
                ATTENTION_COPIES * copy
                    + (grid.frames() > SHORT_SEQUENCE
                        ? 0
                        : 2 * pixels * layer.heads() * grid.frames() * rows);
          };
      long feedForward =
          AROUND_FEED_FORWARD * copy + Math.min(FEED_FORWARD_COPIES * copy, FEED_FORWARD_BYTES);
      // transformer_in, which is not controlled, comes before the first skip connection.
      most = Math.max(most, Math.max(attention, feedForward) + (layer.controlled() ? skips : 0));
    }
    return most;
  }

  private static long skipValues(UNetConfig config, LayerGrid grid) {
    int blocks = config.blocks();
    long values = config.blockOutChannels().get(0) * pixels(grid, 0);
    for (int i = 0; i < blocks; i++) {
      long channels = config.blockOutChannels().get(i);
      values += config.layersPerBlock() * channels * pixels(grid, i);
      if (i + 1 < blocks) {
        values += channels * pixels(grid, i + 1);
      }
    }
    return values;
  }

  private static long vaeBytes(VaeConfig config, DType dtype, LayerGrid grid) {
    long factor = config.factor();
    long pixels = grid.height() * factor * grid.width() * factor;
    int blocks = config.blockOutChannels().size();
    // The decoder's last block still has the channels of the one before where it begins.
    long channels = config.blockOutChannels().get(Math.min(1, blocks - 1));
    return VAE_COPIES * channels * pixels * dtype.bytes() + 2 * 3 * pixels * FLOAT_BYTES;
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
