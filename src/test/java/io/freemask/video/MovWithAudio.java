package io.freemask.video;

import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_ID_PCM_S16LE;
import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_ID_PNG;
import static org.bytedeco.ffmpeg.global.avcodec.AV_PKT_FLAG_KEY;
import static org.bytedeco.ffmpeg.global.avcodec.av_new_packet;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_alloc;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_free;
import static org.bytedeco.ffmpeg.global.avformat.AVIO_FLAG_WRITE;
import static org.bytedeco.ffmpeg.global.avformat.av_interleaved_write_frame;
import static org.bytedeco.ffmpeg.global.avformat.av_write_trailer;
import static org.bytedeco.ffmpeg.global.avformat.avformat_alloc_output_context2;
import static org.bytedeco.ffmpeg.global.avformat.avformat_free_context;
import static org.bytedeco.ffmpeg.global.avformat.avformat_new_stream;
import static org.bytedeco.ffmpeg.global.avformat.avformat_write_header;
import static org.bytedeco.ffmpeg.global.avformat.avio_closep;
import static org.bytedeco.ffmpeg.global.avformat.avio_open;
import static org.bytedeco.ffmpeg.global.avutil.AVMEDIA_TYPE_AUDIO;
import static org.bytedeco.ffmpeg.global.avutil.AVMEDIA_TYPE_VIDEO;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_RGB24;
import static org.bytedeco.ffmpeg.global.avutil.AV_SAMPLE_FMT_S16;
import static org.bytedeco.ffmpeg.global.avutil.av_channel_layout_default;
import static org.bytedeco.ffmpeg.global.avutil.av_rescale_q;

import java.nio.file.Path;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVIOContext;
import org.bytedeco.ffmpeg.avformat.AVOutputFormat;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVRational;

/** Writes a mov file with PNG pictures, which may have pixels that are not square, and silence. */
final class MovWithAudio {

  private static final int SAMPLE_RATE = 8000;

  private MovWithAudio() {}

  static void write(Path file, Clip clip, AVRational pixelAspect) throws FfmpegException {
    FfmpegRuntime.require();
    AVFormatContext output = new AVFormatContext(null);
    FfmpegCalls.check(
        avformat_alloc_output_context2(output, (AVOutputFormat) null, "mov", file.toString()),
        "mov");
    AVRational frame =
        FfmpegEncoder.rational(clip.frameRate().denominator(), clip.frameRate().numerator());
    AVStream video = avformat_new_stream(output, (AVCodec) null);
    video.codecpar().codec_type(AVMEDIA_TYPE_VIDEO).codec_id(AV_CODEC_ID_PNG);
    video.codecpar().width(clip.size().width()).height(clip.size().height());
    video.codecpar().format(AV_PIX_FMT_RGB24).sample_aspect_ratio(pixelAspect);
    video.sample_aspect_ratio(pixelAspect);
    video.time_base(frame);
    AVStream audio = avformat_new_stream(output, (AVCodec) null);
    audio.codecpar().codec_type(AVMEDIA_TYPE_AUDIO).codec_id(AV_CODEC_ID_PCM_S16LE);
    audio.codecpar().sample_rate(SAMPLE_RATE).format(AV_SAMPLE_FMT_S16).block_align(2);
    av_channel_layout_default(audio.codecpar().ch_layout(), 1);
    audio.time_base(FfmpegEncoder.rational(1, SAMPLE_RATE));
    AVIOContext io = new AVIOContext(null);
    FfmpegCalls.check(avio_open(io, file.toString(), AVIO_FLAG_WRITE), "avio_open");
    output.pb(io);
    FfmpegCalls.check(avformat_write_header(output, (AVDictionary) null), "header");
    for (int i = 0; i < clip.frameCount(); i++) {
      byte[] png = FfmpegPng.encode(clip.frames().get(i), clip.size());
      write(output, video, png, av_rescale_q(i, frame, video.time_base()), frame);
    }
    write(output, audio, new byte[2 * SAMPLE_RATE], 0, FfmpegEncoder.rational(1, 1));
    FfmpegCalls.check(av_write_trailer(output), "trailer");
    avio_closep(output.pb());
    output.pb(null);
    avformat_free_context(output);
  }

  private static void write(
      AVFormatContext output, AVStream stream, byte[] data, long time, AVRational duration)
      throws FfmpegException {
    AVPacket packet = av_packet_alloc();
    FfmpegCalls.check(av_new_packet(packet, data.length), "av_new_packet");
    packet.data().put(data);
    packet.stream_index(stream.index()).pts(time).dts(time).flags(AV_PKT_FLAG_KEY);
    packet.duration(av_rescale_q(1, duration, stream.time_base()));
    FfmpegCalls.check(av_interleaved_write_frame(output, packet), "packet");
    av_packet_free(packet);
  }
}
