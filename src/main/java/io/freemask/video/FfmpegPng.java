package io.freemask.video;

import static org.bytedeco.ffmpeg.global.avcodec.av_packet_alloc;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_free;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_unref;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_alloc_context3;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_find_encoder_by_name;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_free_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_open2;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_receive_packet;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_send_frame;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_RGB24;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;

import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVFrame;

/** Encodes 8-bit RGB pictures as PNG. */
final class FfmpegPng {

  private FfmpegPng() {}

  /** Returns the bytes of a PNG file. */
  static byte[] encode(byte[] rgb, FrameSize size) throws FfmpegException {
    AVCodec encoder = FfmpegCalls.check(avcodec_find_encoder_by_name("png"), "encoder png");
    AVCodecContext codec =
        FfmpegCalls.check(avcodec_alloc_context3(encoder), "avcodec_alloc_context3");
    AVPacket packet = new AVPacket(null);
    AVFrame frame = new AVFrame(null);
    try {
      codec.width(size.width()).height(size.height()).pix_fmt(AV_PIX_FMT_RGB24);
      codec.time_base(FfmpegEncoder.rational(1, 1));
      FfmpegCalls.check(avcodec_open2(codec, encoder, (AVDictionary) null), "opening encoder png");
      packet = FfmpegCalls.check(av_packet_alloc(), "av_packet_alloc");
      frame = FfmpegCalls.newFrame(size, AV_PIX_FMT_RGB24);
      FfmpegCalls.copyIn(rgb, size.width() * 3, frame);
      FfmpegCalls.check(avcodec_send_frame(codec, frame), "encoding png");
      FfmpegCalls.check(avcodec_receive_packet(codec, packet), "encoding png");
      byte[] bytes = new byte[packet.size()];
      packet.data().get(bytes);
      av_packet_unref(packet);
      return bytes;
    } finally {
      av_frame_free(frame);
      av_packet_free(packet);
      avcodec_free_context(codec);
    }
  }
}
