package io.freemask;

import io.freemask.model.Callbacks;
import io.freemask.model.Vae;
import io.freemask.tensor.Context;
import io.freemask.tensor.DType;
import io.freemask.tensor.Shape;
import io.freemask.tensor.Tensor;
import io.freemask.video.Clip;
import io.freemask.video.FrameSize;
import java.util.ArrayList;
import java.util.List;

/**
 * Between clips and scaled latents [1,C,F,h,w], frame by frame, so that memory does not grow with
 * the number of frames.
 */
final class LatentCodec {

  private final Context context;
  private final Vae vae;
  private final RunClock clock;
  private final Callbacks callbacks;

  LatentCodec(Context context, Vae vae, RunClock clock) {
    this.context = context;
    this.vae = vae;
    this.clock = clock;
    this.callbacks = Callbacks.tick(clock::isCancelled);
  }

  /** Encodes a clip to the means of the posterior, times the scaling factor. */
  Tensor encode(Clip clip) {
    int frames = clip.frameCount();
    int factor = vae.factor();
    int height = clip.size().height() / factor;
    int width = clip.size().width() / factor;
    int pixels = height * width;
    float scale = (float) vae.scalingFactor();
    float[] latents = new float[0];
    int channels = 0;
    clock.report(Progress.Phase.ENCODING, 0, frames);
    for (int f = 0; f < frames; f++) {
      float[] mean = encodeFrame(clip, f);
      if (f == 0) {
        channels = mean.length / pixels;
        latents = new float[Math.multiplyExact(mean.length, frames)];
      }
      for (int c = 0; c < channels; c++) {
        for (int i = 0; i < pixels; i++) {
          latents[(c * frames + f) * pixels + i] = mean[c * pixels + i] * scale;
        }
      }
      clock.report(Progress.Phase.ENCODING, f + 1, frames);
    }
    return Tensor.of(context, Shape.of(1, channels, frames, height, width), latents, DType.F32);
  }

  private float[] encodeFrame(Clip clip, int frame) {
    Clip single = new Clip(clip.size(), clip.frameRate(), List.of(clip.frames().get(frame)));
    Shape shape = Shape.of(1, 3, clip.size().height(), clip.size().width());
    try (Tensor pixels = Tensor.of(context, shape, single.toPlanes(), DType.F32);
        Vae.Posterior posterior = vae.encode(pixels, callbacks)) {
      return posterior.mean().toFloats();
    }
  }

  /**
   * Decodes latents.
   *
   * @param latents [1,C,F,h,w], scaled
   * @param like has the result's size and frame rate
   * @param done frames that were decoded before, for the progress
   * @param total frames of all clips to decode
   */
  Clip decode(Tensor latents, Clip like, int done, int total) {
    Shape shape = latents.shape();
    int channels = Math.toIntExact(shape.dim(1));
    int frames = Math.toIntExact(shape.dim(2));
    int pixels = Math.toIntExact(shape.dim(3) * shape.dim(4));
    float[] values = latents.toFloats();
    float scale = (float) vae.scalingFactor();
    List<byte[]> decoded = new ArrayList<>();
    if (done == 0) {
      clock.report(Progress.Phase.DECODING, 0, total);
    }
    for (int f = 0; f < frames; f++) {
      float[] frame = new float[channels * pixels];
      for (int c = 0; c < channels; c++) {
        for (int i = 0; i < pixels; i++) {
          frame[c * pixels + i] = values[(c * frames + f) * pixels + i] / scale;
        }
      }
      Shape one = Shape.of(1, channels, shape.dim(3), shape.dim(4));
      decoded.add(decodeFrame(frame, one, like.size(), like));
      clock.report(Progress.Phase.DECODING, done + f + 1, total);
    }
    return new Clip(like.size(), like.frameRate(), decoded);
  }

  private byte[] decodeFrame(float[] values, Shape shape, FrameSize size, Clip like) {
    try (Tensor latents = Tensor.of(context, shape, values, DType.F32);
        Tensor pixels = vae.decode(latents, callbacks)) {
      return Clip.ofPlanes(size, like.frameRate(), pixels.toFloats()).frames().get(0);
    }
  }
}
