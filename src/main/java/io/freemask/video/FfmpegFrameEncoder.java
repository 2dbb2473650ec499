package io.freemask.video;

import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_PAL8;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_RGB24;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUV420P;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUV444P;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;

import java.nio.file.Path;
import java.util.Map;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.jspecify.annotations.Nullable;

/** Brings packed RGB to what a format's encoder takes and encodes it. */
final class FfmpegFrameEncoder implements AutoCloseable {

  /**
   * H.264 from libopenh264, which is the encoder of ffmpeg builds without GPL parts, at a fixed
   * quantiser. Every frame is a key frame: between them the encoder takes small moving patches of
   * colour for unchanged.
   */
  private static final FfmpegEncoder.Settings MP4 =
      new FfmpegEncoder.Settings(
          "mp4",
          "libopenh264",
          AV_PIX_FMT_YUV420P,
          Map.of("rc_mode", "quality", "qmin", "16", "qmax", "16", "profile", "high", "g", "1"),
          Map.of("movflags", "+faststart"));

  /** VP9 at constant quality, with the colours of every pixel (4:4:4, profile 1). */
  private static final FfmpegEncoder.Settings WEBM =
      new FfmpegEncoder.Settings(
          "webm",
          "libvpx-vp9",
          AV_PIX_FMT_YUV444P,
          Map.of("crf", "12", "b", "0", "deadline", "good", "cpu-used", "4", "row-mt", "1"),
          Map.of());

  /** libopenh264's limit, a macroblock. */
  private static final int SMALLEST_H264 = 16;

  /** Loops for ever. */
  private static final FfmpegEncoder.Settings GIF =
      new FfmpegEncoder.Settings("gif", "gif", AV_PIX_FMT_PAL8, Map.of(), Map.of("loop", "0"));

  private final FfmpegEncoder encoder;
  private final FrameSize size;
  private final FrameSize storedSize;
  private final @Nullable FfmpegPalette palette;
  private final @Nullable FfmpegScaler scaler;
  private final @Nullable AVFrame rgbFrame;

  private FfmpegFrameEncoder(
      FfmpegEncoder encoder,
      FrameSize size,
      FrameSize storedSize,
      @Nullable FfmpegPalette palette,
      @Nullable FfmpegScaler scaler,
      @Nullable AVFrame rgbFrame) {
    this.encoder = encoder;
    this.size = size;
    this.storedSize = storedSize;
    this.palette = palette;
    this.scaler = scaler;
    this.rgbFrame = rgbFrame;
  }

  static FfmpegFrameEncoder open(Path file, VideoFormat format, FrameSize size, FrameRate rate)
      throws FfmpegException {
    return switch (format) {
      case MP4 -> openYuv(file, size, even(requireLarge(size)), rate, MP4);
      case WEBM -> openYuv(file, size, size, rate, WEBM);
      case GIF -> openGif(file, size, rate);
      case PNG_FOLDER -> throw new IllegalArgumentException("a folder is not one file");
    };
  }

  private static FfmpegFrameEncoder openYuv(
      Path file, FrameSize size, FrameSize stored, FrameRate rate, FfmpegEncoder.Settings settings)
      throws FfmpegException {
    FfmpegEncoder encoder = FfmpegEncoder.open(file, stored, size, rate, settings);
    FfmpegScaler scaler = null;
    AVFrame rgbFrame = null;
    try {
      scaler = FfmpegScaler.toYuv(stored, settings.pixelFormat());
      rgbFrame = FfmpegCalls.newFrame(stored, AV_PIX_FMT_RGB24);
      return new FfmpegFrameEncoder(encoder, size, stored, null, scaler, rgbFrame);
    } finally {
      if (rgbFrame == null) {
        if (scaler != null) {
          scaler.close();
        }
        encoder.close();
      }
    }
  }

  private static FfmpegFrameEncoder openGif(Path file, FrameSize size, FrameRate rate)
      throws FfmpegException {
    FfmpegEncoder encoder = FfmpegEncoder.open(file, size, size, rate, GIF);
    FfmpegPalette palette = null;
    try {
      palette = FfmpegPalette.open(size, rate);
      return new FfmpegFrameEncoder(encoder, size, size, palette, null, null);
    } finally {
      if (palette == null) {
        encoder.close();
      }
    }
  }

  private static FrameSize requireLarge(FrameSize size) throws FfmpegException {
    if (size.width() < SMALLEST_H264 || size.height() < SMALLEST_H264) {
      throw new FfmpegException(
          "frames are "
              + size
              + ", H.264 takes at least "
              + SMALLEST_H264
              + "x"
              + SMALLEST_H264
              + "; write webm, gif or a PNG folder");
    }
    return size;
  }

  private static FrameSize even(FrameSize size) {
    return new FrameSize(size.width() + size.width() % 2, size.height() + size.height() % 2);
  }

  FrameSize storedSize() {
    return storedSize;
  }

  void write(byte[] rgb) throws FfmpegException {
    if (palette != null) {
      palette.add(rgb);
    } else if (scaler != null && rgbFrame != null) {
      FfmpegCalls.copyIn(Pixels.extend(rgb, size, storedSize), storedSize.width() * 3, rgbFrame);
      encoder.write(scaler.convert(rgbFrame));
    }
  }

  void finish() throws FfmpegException {
    if (palette != null) {
      palette.drainTo(encoder);
    }
    encoder.finish();
  }

  @Override
  public void close() {
    if (palette != null) {
      palette.close();
    }
    if (scaler != null) {
      scaler.close();
    }
    if (rgbFrame != null) {
      av_frame_free(rgbFrame);
    }
    encoder.close();
  }
}
