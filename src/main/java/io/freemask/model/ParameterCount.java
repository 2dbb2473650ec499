package io.freemask.model;

import java.util.List;

/**
 * Numbers of parameters, worked out from configurations alone, so that a model's memory can be
 * estimated before its weights are there. Terms follow the modules of diffusers and transformers.
 */
final class ParameterCount {

  private static final int TRANSFORMER_IN_HEADS = 8;

  private ParameterCount() {}

  static long of(UNetConfig config) {
    List<Integer> channels = config.blockOutChannels();
    int blocks = channels.size();
    long first = channels.getFirst();
    long time = 4 * first;
    long text = config.crossAttentionDim();

    long count = convolution(config.inChannels(), first, 9);
    count += linear(first, time) + linear(time, time);
    count += temporal(first, (long) TRANSFORMER_IN_HEADS * config.attentionHeadDim().getFirst());
    long in = first;
    for (int i = 0; i < blocks; i++) {
      long out = channels.get(i);
      for (int layer = 0; layer < config.layersPerBlock(); layer++) {
        count += resnet(layer == 0 ? in : out, out, time) + temporalConvolution(out);
        count += config.downAttention(i) ? attentions(out, text) : 0;
      }
      count += i < blocks - 1 ? convolution(out, out, 9) : 0;
      in = out;
    }
    long last = channels.getLast();
    count += 2 * (resnet(last, last, time) + temporalConvolution(last)) + attentions(last, text);
    long previous = last;
    for (int i = 0; i < blocks; i++) {
      long out = channels.get(blocks - 1 - i);
      long skipOfLast = channels.get(Math.max(blocks - 2 - i, 0));
      int layers = config.layersPerBlock() + 1;
      for (int layer = 0; layer < layers; layer++) {
        long skip = layer == layers - 1 ? skipOfLast : out;
        count += resnet((layer == 0 ? previous : out) + skip, out, time);
        count += temporalConvolution(out);
        count += config.upAttention(i) ? attentions(out, text) : 0;
      }
      count += i < blocks - 1 ? convolution(out, out, 9) : 0;
      previous = out;
    }
    return count + norm(first) + convolution(first, config.outChannels(), 9);
  }

  static long of(VaeConfig config) {
    List<Integer> channels = config.blockOutChannels();
    int blocks = channels.size();
    long first = channels.getFirst();
    long last = channels.getLast();
    long latent = config.latentChannels();

    long middle = 2 * resnet(last, last, 0);
    middle += config.midBlockAddAttention() ? norm(last) + 4 * linear(last, last) : 0;
    long count = convolution(config.inChannels(), first, 9);
    long in = first;
    for (int i = 0; i < blocks; i++) {
      long out = channels.get(i);
      count += resnet(in, out, 0) + (config.layersPerBlock() - 1) * resnet(out, out, 0);
      count += i < blocks - 1 ? convolution(out, out, 9) : 0;
      in = out;
    }
    count += middle + norm(last) + convolution(last, 2 * latent, 9);
    count += config.useQuantConv() ? convolution(2 * latent, 2 * latent, 1) : 0;
    count += config.usePostQuantConv() ? convolution(latent, latent, 1) : 0;
    count += convolution(latent, last, 9) + middle;
    in = last;
    for (int i = blocks - 1; i >= 0; i--) {
      long out = channels.get(i);
      count += resnet(in, out, 0) + config.layersPerBlock() * resnet(out, out, 0);
      count += i > 0 ? convolution(out, out, 9) : 0;
      in = out;
    }
    return count + norm(first) + convolution(first, config.outChannels(), 9);
  }

  static long of(TextEncoderConfig config) {
    long hidden = config.hiddenSize();
    long inner = config.intermediateSize();
    long layer =
        4 * linear(hidden, hidden)
            + 2 * norm(hidden)
            + linear(hidden, inner)
            + linear(inner, hidden);
    return (config.vocabSize() + (long) config.maxPositionEmbeddings()) * hidden
        + config.numHiddenLayers() * layer
        + norm(hidden);
  }

  private static long linear(long in, long out) {
    return in * out + out;
  }

  private static long convolution(long in, long out, long taps) {
    return in * out * taps + out;
  }

  private static long norm(long channels) {
    return 2 * channels;
  }

  private static long resnet(long in, long out, long time) {
    long count = norm(in) + convolution(in, out, 9) + norm(out) + convolution(out, out, 9);
    count += time > 0 ? linear(time, out) : 0;
    return count + (in == out ? 0 : convolution(in, out, 1));
  }

  private static long temporalConvolution(long channels) {
    return 4 * (norm(channels) + convolution(channels, channels, 3));
  }

  /** A spatial and a temporal transformer. */
  private static long attentions(long channels, long text) {
    return norm(channels)
        + 2 * linear(channels, channels)
        + transformerBlock(channels, text)
        + temporal(channels, channels);
  }

  private static long temporal(long channels, long inner) {
    return norm(channels)
        + linear(channels, inner)
        + transformerBlock(inner, inner)
        + linear(inner, channels);
  }

  /**
   * Two attentions, the second over states of {@code context} channels, and a gated feed-forward.
   */
  private static long transformerBlock(long inner, long context) {
    long self = 3 * inner * inner + linear(inner, inner);
    long cross = inner * inner + 2 * context * inner + linear(inner, inner);
    long feedForward = linear(inner, 8 * inner) + linear(4 * inner, inner);
    return 3 * norm(inner) + self + cross + feedForward;
  }
}
