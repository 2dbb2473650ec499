package io.freemask.video;

import static org.bytedeco.ffmpeg.global.avcodec.avcodec_version;
import static org.bytedeco.ffmpeg.global.avutil.AV_LOG_QUIET;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_set;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_get_buffer;
import static org.bytedeco.ffmpeg.global.avutil.av_log_set_level;
import static org.bytedeco.ffmpeg.global.avutil.av_strerror;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.global.avcodec;
import org.bytedeco.ffmpeg.global.avfilter;
import org.bytedeco.ffmpeg.global.avformat;
import org.bytedeco.ffmpeg.global.swscale;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;

/** What every use of ffmpeg's C interface shares: status codes, options, frames. */
final class FfmpegCalls {

  private FfmpegCalls() {}

  /**
   * Loads every library that is used, so that a missing one shows now, and keeps ffmpeg from
   * printing; what matters of its messages is in the exceptions.
   */
  static void initialize() {
    Loader.load(avcodec.class);
    Loader.load(avformat.class);
    Loader.load(swscale.class);
    Loader.load(avfilter.class);
    av_log_set_level(AV_LOG_QUIET);
  }

  static String version() {
    int version = avcodec_version();
    return "libavcodec " + (version >> 16) + "." + (version >> 8 & 0xff) + "." + (version & 0xff);
  }

  /** Returns the status of a call if it is not negative. */
  static int check(int status, String operation) throws FfmpegException {
    if (status < 0) {
      throw new FfmpegException(operation + ": " + text(status));
    }
    return status;
  }

  /** Returns what an allocating call gave unless that is null. */
  static <T extends Pointer> T check(@Nullable T pointer, String operation) throws FfmpegException {
    if (pointer == null || pointer.isNull()) {
      throw new FfmpegException(operation + " gave nothing");
    }
    return pointer;
  }

  /** Returns the text of a negative status. */
  static String text(int status) {
    byte[] buffer = new byte[256];
    av_strerror(status, buffer, buffer.length);
    int end = 0;
    while (end < buffer.length && buffer[end] != 0) {
      end++;
    }
    return new String(buffer, 0, end, StandardCharsets.UTF_8);
  }

  /** Returns the URL of a file, so that no part of its name is taken for a protocol. */
  static String url(Path file) {
    return "file:" + file.toAbsolutePath();
  }

  /** Returns options to be freed by av_dict_free. */
  static AVDictionary options(Map<String, String> values) {
    AVDictionary options = new AVDictionary(null);
    values.forEach((key, value) -> av_dict_set(options, key, value, 0));
    return options;
  }

  /** Returns a frame with its own pixels, to be freed by av_frame_free. */
  static AVFrame newFrame(FrameSize size, int pixelFormat) throws FfmpegException {
    AVFrame frame = check(av_frame_alloc(), "av_frame_alloc");
    frame.format(pixelFormat).width(size.width()).height(size.height());
    int status = av_frame_get_buffer(frame, 0);
    if (status < 0) {
      av_frame_free(frame);
    }
    check(status, "av_frame_get_buffer");
    return frame;
  }

  /** Copies rows of packed pixels into the first plane of a frame. */
  static void copyIn(byte[] pixels, int rowBytes, AVFrame frame) {
    // BytePointer.position() moves the pointer itself, so each frame's plane is wrapped anew.
    BytePointer plane = new BytePointer(frame.data(0));
    for (int y = 0; y < frame.height(); y++) {
      plane.position((long) y * frame.linesize(0)).put(pixels, y * rowBytes, rowBytes);
    }
  }

  /** Copies the first plane of a frame into rows of packed pixels. */
  static void copyOut(AVFrame frame, int rowBytes, byte[] pixels) {
    BytePointer plane = new BytePointer(frame.data(0));
    for (int y = 0; y < frame.height(); y++) {
      plane.position((long) y * frame.linesize(0)).get(pixels, y * rowBytes, rowBytes);
    }
  }
}
