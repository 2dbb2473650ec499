package io.freemask.video;

import static org.bytedeco.ffmpeg.global.avutil.AVCOL_RANGE_JPEG;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_RANGE_MPEG;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_SPC_BT2020_CL;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_SPC_BT2020_NCL;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_SPC_BT709;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_SPC_FCC;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_SPC_SMPTE170M;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_SPC_SMPTE240M;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_SPC_UNSPECIFIED;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_FLAG_ALPHA;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_FLAG_PAL;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_RGB24;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_RGBA;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUVJ420P;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUVJ422P;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUVJ444P;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_make_writable;
import static org.bytedeco.ffmpeg.global.avutil.av_pix_fmt_desc_get;
import static org.bytedeco.ffmpeg.global.swscale.SWS_ACCURATE_RND;
import static org.bytedeco.ffmpeg.global.swscale.SWS_BICUBIC;
import static org.bytedeco.ffmpeg.global.swscale.SWS_BITEXACT;
import static org.bytedeco.ffmpeg.global.swscale.SWS_CS_BT2020;
import static org.bytedeco.ffmpeg.global.swscale.SWS_CS_FCC;
import static org.bytedeco.ffmpeg.global.swscale.SWS_CS_ITU601;
import static org.bytedeco.ffmpeg.global.swscale.SWS_CS_ITU709;
import static org.bytedeco.ffmpeg.global.swscale.SWS_CS_SMPTE240M;
import static org.bytedeco.ffmpeg.global.swscale.SWS_FULL_CHR_H_INP;
import static org.bytedeco.ffmpeg.global.swscale.SWS_FULL_CHR_H_INT;
import static org.bytedeco.ffmpeg.global.swscale.sws_freeContext;
import static org.bytedeco.ffmpeg.global.swscale.sws_getCoefficients;
import static org.bytedeco.ffmpeg.global.swscale.sws_getContext;
import static org.bytedeco.ffmpeg.global.swscale.sws_scale;
import static org.bytedeco.ffmpeg.global.swscale.sws_setColorspaceDetails;

import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.swscale.SwsContext;
import org.bytedeco.javacpp.DoublePointer;

/**
 * Converts between a codec's pixels and packed RGB with the colour matrix and range of the video.
 *
 * <p>Video that does not name its matrix is taken as players take it: BT.709 from 720 lines on,
 * BT.601 below. What this project writes names it.
 */
final class FfmpegScaler implements AutoCloseable {

  private static final int FLAGS =
      SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP | SWS_BITEXACT;

  /** Lines from which untagged video is high definition. */
  private static final int HIGH_DEFINITION = 720;

  private final SwsContext context;
  private final AVFrame target;

  private FfmpegScaler(SwsContext context, AVFrame target) {
    this.context = context;
    this.target = target;
  }

  /**
   * Makes a converter from a decoded frame's format to RGB, or RGBA if that format has
   * transparency.
   *
   * @param size of the result
   */
  static FfmpegScaler toRgb(AVFrame source, FrameSize size) throws FfmpegException {
    int format = source.format();
    boolean full =
        source.color_range() == AVCOL_RANGE_JPEG
            || format == AV_PIX_FMT_YUVJ420P
            || format == AV_PIX_FMT_YUVJ422P
            || format == AV_PIX_FMT_YUVJ444P;
    return open(
        new FrameSize(source.width(), source.height()),
        format,
        matrix(source.colorspace(), source.height()),
        full,
        size,
        hasAlpha(format) ? AV_PIX_FMT_RGBA : AV_PIX_FMT_RGB24,
        true);
  }

  /** Makes a converter from RGB to a YUV format with limited range. */
  static FfmpegScaler toYuv(FrameSize size, int pixelFormat) throws FfmpegException {
    FfmpegScaler scaler =
        open(
            size,
            AV_PIX_FMT_RGB24,
            matrix(yuvMatrix(size), size.height()),
            true,
            size,
            pixelFormat,
            false);
    scaler.target.colorspace(yuvMatrix(size));
    scaler.target.color_range(AVCOL_RANGE_MPEG);
    return scaler;
  }

  /** Returns the AVColorSpace that {@link #toYuv} converts to. */
  static int yuvMatrix(FrameSize size) {
    return size.height() >= HIGH_DEFINITION ? AVCOL_SPC_BT709 : AVCOL_SPC_SMPTE170M;
  }

  /** Returns whether a pixel format has transparency, a palette's included. */
  static boolean hasAlpha(int pixelFormat) {
    long flags = av_pix_fmt_desc_get(pixelFormat).flags();
    return (flags & (AV_PIX_FMT_FLAG_ALPHA | AV_PIX_FMT_FLAG_PAL)) != 0;
  }

  private static FfmpegScaler open(
      FrameSize from,
      int fromFormat,
      int matrix,
      boolean fromFull,
      FrameSize to,
      int toFormat,
      boolean toFull)
      throws FfmpegException {
    AVFrame target = FfmpegCalls.newFrame(to, toFormat);
    SwsContext context =
        sws_getContext(
            from.width(),
            from.height(),
            fromFormat,
            to.width(),
            to.height(),
            toFormat,
            FLAGS,
            null,
            null,
            (DoublePointer) null);
    if (context == null || context.isNull()) {
      av_frame_free(target);
      throw new FfmpegException("no conversion between these pixel formats");
    }
    // The one side that is RGB ignores its table and range. A pair of formats that needs no matrix
    // returns -1 here, which is fine.
    sws_setColorspaceDetails(
        context,
        sws_getCoefficients(matrix),
        fromFull ? 1 : 0,
        sws_getCoefficients(matrix),
        toFull ? 1 : 0,
        0,
        1 << 16,
        1 << 16);
    return new FfmpegScaler(context, target);
  }

  /** Returns the converted frame, which lives until the next call. */
  AVFrame convert(AVFrame source) throws FfmpegException {
    // An encoder may still hold the picture of the call before.
    FfmpegCalls.check(av_frame_make_writable(target), "av_frame_make_writable");
    int rows =
        sws_scale(
            context,
            source.data(),
            source.linesize(),
            0,
            source.height(),
            target.data(),
            target.linesize());
    if (rows != target.height()) {
      throw new FfmpegException("sws_scale converted " + rows + " of " + target.height() + " rows");
    }
    return target;
  }

  private static int matrix(int colorSpace, int height) {
    return switch (colorSpace) {
      case AVCOL_SPC_UNSPECIFIED -> height >= HIGH_DEFINITION ? SWS_CS_ITU709 : SWS_CS_ITU601;
      case AVCOL_SPC_BT709 -> SWS_CS_ITU709;
      case AVCOL_SPC_FCC -> SWS_CS_FCC;
      case AVCOL_SPC_SMPTE240M -> SWS_CS_SMPTE240M;
      case AVCOL_SPC_BT2020_NCL, AVCOL_SPC_BT2020_CL -> SWS_CS_BT2020;
      default -> SWS_CS_ITU601;
    };
  }

  @Override
  public void close() {
    sws_freeContext(context);
    av_frame_free(target);
  }
}
