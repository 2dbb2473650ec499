package io.freemask.video;

import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_FLAG_OUTPUT_CORRUPT;
import static org.bytedeco.ffmpeg.global.avcodec.AV_EF_BITSTREAM;
import static org.bytedeco.ffmpeg.global.avcodec.AV_EF_BUFFER;
import static org.bytedeco.ffmpeg.global.avcodec.AV_EF_CRCCHECK;
import static org.bytedeco.ffmpeg.global.avcodec.AV_EF_EXPLODE;
import static org.bytedeco.ffmpeg.global.avcodec.AV_PKT_DATA_DISPLAYMATRIX;
import static org.bytedeco.ffmpeg.global.avcodec.AV_PKT_DATA_FRAME_CROPPING;
import static org.bytedeco.ffmpeg.global.avcodec.AV_PKT_FLAG_CORRUPT;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_alloc;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_free;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_side_data_get;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_unref;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_alloc_context3;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_find_decoder;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_free_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_get_name;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_open2;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_parameters_to_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_receive_frame;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_send_packet;
import static org.bytedeco.ffmpeg.global.avformat.av_find_best_stream;
import static org.bytedeco.ffmpeg.global.avformat.av_find_input_format;
import static org.bytedeco.ffmpeg.global.avformat.av_read_frame;
import static org.bytedeco.ffmpeg.global.avformat.avformat_close_input;
import static org.bytedeco.ffmpeg.global.avformat.avformat_find_stream_info;
import static org.bytedeco.ffmpeg.global.avformat.avformat_open_input;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_EOF;
import static org.bytedeco.ffmpeg.global.avutil.AVMEDIA_TYPE_AUDIO;
import static org.bytedeco.ffmpeg.global.avutil.AVMEDIA_TYPE_VIDEO;
import static org.bytedeco.ffmpeg.global.avutil.AV_FRAME_CROP_UNALIGNED;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_free;
import static org.bytedeco.ffmpeg.global.avutil.av_display_rotation_get;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_apply_cropping;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;
import static org.bytedeco.ffmpeg.presets.avutil.AVERROR_EAGAIN;

import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avcodec.AVPacketSideData;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVInputFormat;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.avutil.AVRational;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.IntPointer;
import org.jspecify.annotations.Nullable;

/**
 * Decodes the first video stream of a file into packed RGB, upright and with square pixels.
 *
 * <p>JavaCV's grabber is not used because it goes on after packets that fail to decode. Here each
 * of them is an error.
 */
final class FfmpegDecoder implements AutoCloseable {

  private final AVFormatContext input;
  private final AVCodecContext codec;
  private final AVStream stream;
  private final AVPacket packet;
  private final AVFrame frame;
  private final int rotation;

  /** What is not to be shown at the top, bottom, left and right, in stored pixels. */
  private final int[] crop;

  private @Nullable FfmpegScaler scaler;
  private int frameWidth;
  private int frameHeight;
  private int frameFormat;

  private FfmpegDecoder(
      AVFormatContext input, AVCodecContext codec, AVStream stream, AVPacket packet, AVFrame frame)
      throws FfmpegException {
    this.input = input;
    this.codec = codec;
    this.stream = stream;
    this.packet = packet;
    this.frame = frame;
    this.rotation = rotation(stream);
    this.crop = crop(stream, codec);
  }

  static FfmpegDecoder open(Path file, MediaType type) throws FfmpegException {
    AVInputFormat format =
        FfmpegCalls.check(av_find_input_format(type.demuxer()), "demuxer " + type.demuxer());
    AVFormatContext input = new AVFormatContext(null);
    AVCodecContext codec = new AVCodecContext(null);
    AVPacket packet = new AVPacket(null);
    AVFrame frame = new AVFrame(null);
    boolean opened = false;
    // A file may not make ffmpeg open other files or addresses.
    AVDictionary options = FfmpegCalls.options(Map.of("protocol_whitelist", "file"));
    try {
      FfmpegCalls.check(
          avformat_open_input(input, FfmpegCalls.url(file), format, options), "opening it");
      FfmpegCalls.check(
          avformat_find_stream_info(input, (AVDictionary) null), "looking for its streams");
      int index = av_find_best_stream(input, AVMEDIA_TYPE_VIDEO, -1, -1, (AVCodec) null, 0);
      if (index < 0) {
        throw new FfmpegException("it has no video stream");
      }
      AVStream stream = input.streams(index);
      int id = stream.codecpar().codec_id();
      AVCodec decoder = avcodec_find_decoder(id);
      if (decoder == null || decoder.isNull()) {
        throw new FfmpegException(
            "no decoder for its codec '" + avcodec_get_name(id).getString() + "'");
      }
      codec = FfmpegCalls.check(avcodec_alloc_context3(decoder), "avcodec_alloc_context3");
      FfmpegCalls.check(
          avcodec_parameters_to_context(codec, stream.codecpar()), "its codec parameters");
      codec.thread_count(0);
      codec.flags(codec.flags() | AV_CODEC_FLAG_OUTPUT_CORRUPT);
      if (type.isImage()) {
        codec.err_recognition(AV_EF_CRCCHECK | AV_EF_BITSTREAM | AV_EF_BUFFER | AV_EF_EXPLODE);
      }
      FfmpegCalls.check(avcodec_open2(codec, decoder, (AVDictionary) null), "its decoder");
      packet = FfmpegCalls.check(av_packet_alloc(), "av_packet_alloc");
      frame = FfmpegCalls.check(av_frame_alloc(), "av_frame_alloc");
      FfmpegDecoder result = new FfmpegDecoder(input, codec, stream, packet, frame);
      opened = true;
      return result;
    } finally {
      av_dict_free(options);
      if (!opened) {
        free(input, codec, packet, frame);
      }
    }
  }

  /** Returns the size that frames are shown at. */
  FrameSize size() throws FfmpegException {
    if (codec.width() < 1 || codec.height() < 1) {
      throw new FfmpegException("it has no frame size");
    }
    FrameSize size =
        squarePixels(codec.width() - crop[2] - crop[3], codec.height() - crop[0] - crop[1]);
    return rotation % 180 == 0 ? size : turned(size);
  }

  private static FrameSize turned(FrameSize size) {
    int width = size.height();
    int height = size.width();
    return new FrameSize(width, height);
  }

  /** Returns the average frame rate, empty if the file does not say. */
  Optional<FrameRate> frameRate() {
    for (AVRational rate : new AVRational[] {stream.avg_frame_rate(), stream.r_frame_rate()}) {
      if (rate.num() > 0 && rate.den() > 0) {
        return Optional.of(new FrameRate(rate.num(), rate.den()));
      }
    }
    return Optional.empty();
  }

  /** Returns the number of frames that the file states. */
  OptionalLong frameCount() {
    long count = stream.nb_frames();
    return count > 0 ? OptionalLong.of(count) : OptionalLong.empty();
  }

  boolean hasAudio() {
    return av_find_best_stream(input, AVMEDIA_TYPE_AUDIO, -1, -1, (AVCodec) null, 0) >= 0;
  }

  /** Decodes the next frame; false at the end. */
  boolean next() throws FfmpegException {
    while (true) {
      int status = avcodec_receive_frame(codec, frame);
      if (status == AVERROR_EOF()) {
        return false;
      } else if (status != AVERROR_EAGAIN()) {
        FfmpegCalls.check(status, "decoding");
        frame.crop_top(frame.crop_top() + crop[0]).crop_bottom(frame.crop_bottom() + crop[1]);
        frame.crop_left(frame.crop_left() + crop[2]).crop_right(frame.crop_right() + crop[3]);
        FfmpegCalls.check(av_frame_apply_cropping(frame, AV_FRAME_CROP_UNALIGNED), "cropping");
        requireIntact();
        return true;
      }
      sendPacket();
    }
  }

  private void sendPacket() throws FfmpegException {
    int status = av_read_frame(input, packet);
    while (status >= 0 && packet.stream_index() != stream.index()) {
      av_packet_unref(packet);
      status = av_read_frame(input, packet);
    }
    if (status == AVERROR_EOF()) {
      FfmpegCalls.check(avcodec_send_packet(codec, null), "flushing");
      return;
    }
    FfmpegCalls.check(status, "reading");
    boolean corrupt = (packet.flags() & AV_PKT_FLAG_CORRUPT) != 0;
    int sent = corrupt ? 0 : avcodec_send_packet(codec, packet);
    av_packet_unref(packet);
    if (corrupt) {
      throw new FfmpegException("a packet is cut off");
    }
    FfmpegCalls.check(sent, "decoding");
  }

  private void requireIntact() throws FfmpegException {
    if ((frame.flags() & AVFrame.AV_FRAME_FLAG_CORRUPT) != 0 || frame.decode_error_flags() != 0) {
      throw new FfmpegException("the picture is damaged");
    }
    if (scaler != null
        && (frame.width() != frameWidth
            || frame.height() != frameHeight
            || frame.format() != frameFormat)) {
      throw new FfmpegException(
          "the picture changes from "
              + frameWidth
              + "x"
              + frameHeight
              + " to "
              + frame.width()
              + "x"
              + frame.height()
              + " or its pixel format");
    }
  }

  /** Returns the current frame; what is transparent is blended with black. */
  byte[] rgb() throws FfmpegException {
    FrameSize stored = squarePixels(frame.width(), frame.height());
    FfmpegScaler converter = scaler;
    if (converter == null) {
      converter = FfmpegScaler.toRgb(frame, stored);
      scaler = converter;
      frameWidth = frame.width();
      frameHeight = frame.height();
      frameFormat = frame.format();
    }
    AVFrame converted = converter.convert(frame);
    byte[] rgb;
    if (FfmpegScaler.hasAlpha(frame.format())) {
      byte[] rgba = new byte[Math.toIntExact(stored.pixels() * 4)];
      FfmpegCalls.copyOut(converted, stored.width() * 4, rgba);
      rgb = Pixels.overBlack(rgba);
    } else {
      rgb = new byte[Math.toIntExact(stored.pixels() * 3)];
      FfmpegCalls.copyOut(converted, stored.width() * 3, rgb);
    }
    return Pixels.rotate(rgb, stored, rotation);
  }

  private FrameSize squarePixels(int width, int height) {
    AVRational aspect = stream.sample_aspect_ratio();
    if (aspect.num() < 1 || aspect.den() < 1) {
      aspect = codec.sample_aspect_ratio();
    }
    if (aspect.num() < 1 || aspect.den() < 1) {
      return new FrameSize(width, height);
    }
    return new FrameSize(
        Math.max(1, (int) Math.round((double) width * aspect.num() / aspect.den())), height);
  }

  /** Reads the clean aperture of a container, which decoders leave to their callers. */
  private static int[] crop(AVStream stream, AVCodecContext codec) throws FfmpegException {
    AVPacketSideData data = sideData(stream, AV_PKT_DATA_FRAME_CROPPING);
    int[] crop = new int[4];
    if (data != null) {
      new BytePointer(data.data())
          .capacity(4 * Integer.BYTES)
          .asByteBuffer()
          .order(ByteOrder.LITTLE_ENDIAN)
          .asIntBuffer()
          .get(crop);
      if (Arrays.stream(crop).anyMatch(side -> side < 0)
          || (long) crop[0] + crop[1] >= codec.height()
          || (long) crop[2] + crop[3] >= codec.width()) {
        throw new FfmpegException("it says to cut off " + Arrays.toString(crop) + " pixels");
      }
    }
    return crop;
  }

  private static @Nullable AVPacketSideData sideData(AVStream stream, int type) {
    AVPacketSideData data =
        av_packet_side_data_get(
            stream.codecpar().coded_side_data(), stream.codecpar().nb_coded_side_data(), type);
    return data == null || data.isNull() ? null : data;
  }

  /** Degrees clockwise to turn the stored picture by, a multiple of 90. */
  private static int rotation(AVStream stream) throws FfmpegException {
    AVPacketSideData matrix = sideData(stream, AV_PKT_DATA_DISPLAYMATRIX);
    if (matrix == null) {
      return 0;
    }
    double counterclockwise = av_display_rotation_get(new IntPointer(matrix.data()));
    int quarters = (int) Math.round(-counterclockwise / 90);
    if (Double.isNaN(counterclockwise) || Math.abs(quarters * 90 + counterclockwise) > 1) {
      throw new FfmpegException(
          "it is to be shown turned by " + -counterclockwise + " degrees, not a multiple of 90");
    }
    return Math.floorMod(quarters, 4) * 90;
  }

  @Override
  public void close() {
    if (scaler != null) {
      scaler.close();
      scaler = null;
    }
    free(input, codec, packet, frame);
  }

  private static void free(
      AVFormatContext input, AVCodecContext codec, AVPacket packet, AVFrame frame) {
    av_frame_free(frame);
    av_packet_free(packet);
    avcodec_free_context(codec);
    avformat_close_input(input);
  }
}
