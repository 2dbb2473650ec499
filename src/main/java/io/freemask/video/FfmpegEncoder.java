package io.freemask.video;

import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_FLAG_GLOBAL_HEADER;
import static org.bytedeco.ffmpeg.global.avcodec.AV_PKT_DATA_FRAME_CROPPING;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_alloc;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_free;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_side_data_new;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_alloc_context3;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_find_encoder_by_name;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_free_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_open2;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_parameters_from_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_receive_packet;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_send_frame;
import static org.bytedeco.ffmpeg.global.avformat.AVFMT_GLOBALHEADER;
import static org.bytedeco.ffmpeg.global.avformat.AVIO_FLAG_WRITE;
import static org.bytedeco.ffmpeg.global.avformat.av_interleaved_write_frame;
import static org.bytedeco.ffmpeg.global.avformat.av_write_trailer;
import static org.bytedeco.ffmpeg.global.avformat.avformat_alloc_output_context2;
import static org.bytedeco.ffmpeg.global.avformat.avformat_free_context;
import static org.bytedeco.ffmpeg.global.avformat.avformat_new_stream;
import static org.bytedeco.ffmpeg.global.avformat.avformat_write_header;
import static org.bytedeco.ffmpeg.global.avformat.avio_closep;
import static org.bytedeco.ffmpeg.global.avformat.avio_open;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_RANGE_MPEG;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_EOF;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_PAL8;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_count;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_free;
import static org.bytedeco.ffmpeg.global.avutil.av_rescale_q;
import static org.bytedeco.ffmpeg.presets.avutil.AVERROR_EAGAIN;

import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Map;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVCodecParameters;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avcodec.AVPacketSideData;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVIOContext;
import org.bytedeco.ffmpeg.avformat.AVOutputFormat;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.avutil.AVRational;
import org.jspecify.annotations.Nullable;

/**
 * Encodes frames of a codec's own pixel format into a file.
 *
 * <p>JavaCV's recorder is not used because it takes another encoder when the one asked for is
 * missing, scales odd sizes, and does not say when the end of a file cannot be written.
 */
final class FfmpegEncoder implements AutoCloseable {

  /**
   * What to write.
   *
   * @param muxer ffmpeg's short name of the container
   * @param encoder ffmpeg's name of the encoder, which must be there
   * @param pixelFormat the AVPixelFormat of the frames
   * @param codecOptions options of the encoder
   * @param muxerOptions options of the container
   */
  record Settings(
      String muxer,
      String encoder,
      int pixelFormat,
      Map<String, String> codecOptions,
      Map<String, String> muxerOptions) {}

  private final AVFormatContext output;
  private final AVCodecContext codec;
  private final AVStream stream;
  private final AVPacket packet;
  private long frames;

  private FfmpegEncoder(
      AVFormatContext output, AVCodecContext codec, AVStream stream, AVPacket packet) {
    this.output = output;
    this.codec = codec;
    this.stream = stream;
    this.packet = packet;
  }

  /**
   * Creates a file.
   *
   * @param size of the frames
   * @param visible the part that is to be shown, from the upper left corner; the container has to
   *     have a place for it unless it is all
   */
  static FfmpegEncoder open(
      Path file, FrameSize size, FrameSize visible, FrameRate rate, Settings settings)
      throws FfmpegException {
    AVCodec encoder = avcodec_find_encoder_by_name(settings.encoder());
    if (encoder == null || encoder.isNull()) {
      throw new FfmpegException("this build of ffmpeg lacks the encoder " + settings.encoder());
    }
    AVFormatContext output = new AVFormatContext(null);
    AVCodecContext codec = new AVCodecContext(null);
    AVPacket packet = new AVPacket(null);
    AVDictionary codecOptions = FfmpegCalls.options(settings.codecOptions());
    AVDictionary muxerOptions = FfmpegCalls.options(settings.muxerOptions());
    boolean opened = false;
    try {
      String url = FfmpegCalls.url(file);
      FfmpegCalls.check(
          avformat_alloc_output_context2(output, (AVOutputFormat) null, settings.muxer(), url),
          "container " + settings.muxer());
      codec = FfmpegCalls.check(avcodec_alloc_context3(encoder), "avcodec_alloc_context3");
      configure(codec, size, rate, settings.pixelFormat());
      if ((output.oformat().flags() & AVFMT_GLOBALHEADER) != 0) {
        codec.flags(codec.flags() | AV_CODEC_FLAG_GLOBAL_HEADER);
      }
      FfmpegCalls.check(
          avcodec_open2(codec, encoder, codecOptions), "opening encoder " + settings.encoder());
      requireTaken(codecOptions, settings.encoder());
      String opens = codec.codec().name().getString();
      if (!opens.equals(settings.encoder())) {
        throw new FfmpegException(
            "encoder " + opens + " was opened, expected " + settings.encoder());
      }
      AVStream stream =
          FfmpegCalls.check(avformat_new_stream(output, (AVCodec) null), "avformat_new_stream");
      stream.time_base(codec.time_base());
      stream.avg_frame_rate(codec.framerate());
      stream.r_frame_rate(codec.framerate());
      FfmpegCalls.check(
          avcodec_parameters_from_context(stream.codecpar(), codec), "codec parameters");
      if (!visible.equals(size)) {
        crop(stream.codecpar(), size, visible);
      }
      AVIOContext io = new AVIOContext(null);
      FfmpegCalls.check(avio_open(io, url, AVIO_FLAG_WRITE), "creating the file");
      output.pb(io);
      FfmpegCalls.check(avformat_write_header(output, muxerOptions), "writing the header");
      requireTaken(muxerOptions, settings.muxer());
      packet = FfmpegCalls.check(av_packet_alloc(), "av_packet_alloc");
      opened = true;
      return new FfmpegEncoder(output, codec, stream, packet);
    } finally {
      av_dict_free(codecOptions);
      av_dict_free(muxerOptions);
      if (!opened) {
        free(output, codec, packet);
      }
    }
  }

  private static void configure(
      AVCodecContext codec, FrameSize size, FrameRate rate, int pixelFormat) {
    codec.width(size.width()).height(size.height()).pix_fmt(pixelFormat);
    codec.time_base(rational(rate.denominator(), rate.numerator()));
    codec.framerate(rational(rate.numerator(), rate.denominator()));
    codec.sample_aspect_ratio(rational(1, 1));
    codec.thread_count(0);
    if (pixelFormat != AV_PIX_FMT_PAL8) {
      codec.colorspace(FfmpegScaler.yuvMatrix(size)).color_range(AVCOL_RANGE_MPEG);
    }
  }

  /** States what is cut off for showing: mp4's clean aperture (box clap). */
  private static void crop(AVCodecParameters parameters, FrameSize size, FrameSize visible)
      throws FfmpegException {
    AVPacketSideData list = new AVPacketSideData(parameters.coded_side_data());
    int[] count = {parameters.nb_coded_side_data()};
    AVPacketSideData entry =
        FfmpegCalls.check(
            av_packet_side_data_new(list, count, AV_PKT_DATA_FRAME_CROPPING, 4 * Integer.BYTES, 0),
            "av_packet_side_data_new");
    parameters.coded_side_data(list).nb_coded_side_data(count[0]);
    // Top, bottom, left, right.
    entry
        .data()
        .capacity(4 * Integer.BYTES)
        .asByteBuffer()
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(0)
        .putInt(size.height() - visible.height())
        .putInt(0)
        .putInt(size.width() - visible.width());
  }

  static AVRational rational(int numerator, int denominator) {
    return new AVRational().num(numerator).den(denominator);
  }

  /** What was not recognised stays in the options: a misspelt one would go unnoticed. */
  private static void requireTaken(AVDictionary options, String by) throws FfmpegException {
    if (options != null && !options.isNull() && av_dict_count(options) > 0) {
      throw new FfmpegException(by + " does not know all of its options");
    }
  }

  /** Encodes a frame; its timestamp is set here, and the frame stays the caller's. */
  void write(AVFrame frame) throws FfmpegException {
    frame.pts(frames++);
    frame.duration(1);
    FfmpegCalls.check(avcodec_send_frame(codec, frame), "encoding frame " + (frames - 1));
    writePackets();
  }

  /** Writes what is left and the end of the file. */
  void finish() throws FfmpegException {
    FfmpegCalls.check(avcodec_send_frame(codec, null), "flushing");
    writePackets();
    FfmpegCalls.check(av_write_trailer(output), "writing the end of the file");
    AVIOContext io = output.pb();
    output.pb(null);
    FfmpegCalls.check(avio_closep(io), "closing the file");
  }

  private void writePackets() throws FfmpegException {
    while (true) {
      int status = avcodec_receive_packet(codec, packet);
      if (status == AVERROR_EAGAIN() || status == AVERROR_EOF()) {
        return;
      }
      FfmpegCalls.check(status, "encoding");
      // A frame lasts until the next one's rounded time, so that the total is rounded only once.
      AVRational from = codec.time_base();
      AVRational to = stream.time_base();
      long end = av_rescale_q(packet.pts() + 1, from, to);
      packet.pts(av_rescale_q(packet.pts(), from, to));
      packet.dts(av_rescale_q(packet.dts(), from, to));
      packet.duration(end - packet.pts());
      packet.stream_index(stream.index());
      FfmpegCalls.check(av_interleaved_write_frame(output, packet), "writing the file");
    }
  }

  @Override
  public void close() {
    free(output, codec, packet);
  }

  private static void free(
      AVFormatContext output, AVCodecContext codec, @Nullable AVPacket packet) {
    av_packet_free(packet);
    avcodec_free_context(codec);
    if (!output.isNull()) {
      AVIOContext io = output.pb();
      if (io != null && !io.isNull()) {
        output.pb(null);
        avio_closep(io);
      }
      avformat_free_context(output);
      output.setNull();
    }
  }
}
