package io.freemask.video;

import static org.bytedeco.ffmpeg.global.avfilter.AV_BUFFERSRC_FLAG_KEEP_REF;
import static org.bytedeco.ffmpeg.global.avfilter.av_buffersink_get_frame;
import static org.bytedeco.ffmpeg.global.avfilter.av_buffersrc_add_frame_flags;
import static org.bytedeco.ffmpeg.global.avfilter.avfilter_get_by_name;
import static org.bytedeco.ffmpeg.global.avfilter.avfilter_graph_alloc;
import static org.bytedeco.ffmpeg.global.avfilter.avfilter_graph_config;
import static org.bytedeco.ffmpeg.global.avfilter.avfilter_graph_create_filter;
import static org.bytedeco.ffmpeg.global.avfilter.avfilter_graph_free;
import static org.bytedeco.ffmpeg.global.avfilter.avfilter_graph_parse_ptr;
import static org.bytedeco.ffmpeg.global.avfilter.avfilter_inout_alloc;
import static org.bytedeco.ffmpeg.global.avfilter.avfilter_inout_free;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_EOF;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_RGB24;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_unref;
import static org.bytedeco.ffmpeg.global.avutil.av_strdup;

import org.bytedeco.ffmpeg.avfilter.AVFilterContext;
import org.bytedeco.ffmpeg.avfilter.AVFilterGraph;
import org.bytedeco.ffmpeg.avfilter.AVFilterInOut;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.javacpp.BytePointer;

/**
 * Brings a clip's frames to one palette of 256 colours chosen from all of them. Frames are kept
 * until the last is in.
 */
final class FfmpegPalette implements AutoCloseable {

  private static final String FILTERS =
      "[in]split[a][b];"
          + "[a]palettegen=max_colors=256:reserve_transparent=0:stats_mode=full[p];"
          + "[b][p]paletteuse=dither=sierra2_4a:diff_mode=rectangle[out]";

  private final FrameSize size;
  private final AVFilterGraph graph;
  private final AVFilterContext source;
  private final AVFilterContext sink;
  private final AVFrame result;
  private long frames;

  private FfmpegPalette(
      FrameSize size,
      AVFilterGraph graph,
      AVFilterContext source,
      AVFilterContext sink,
      AVFrame result) {
    this.size = size;
    this.graph = graph;
    this.source = source;
    this.sink = sink;
    this.result = result;
  }

  static FfmpegPalette open(FrameSize size, FrameRate rate) throws FfmpegException {
    AVFilterGraph graph = FfmpegCalls.check(avfilter_graph_alloc(), "avfilter_graph_alloc");
    AVFilterContext source = new AVFilterContext(null);
    AVFilterContext sink = new AVFilterContext(null);
    AVFilterInOut outputs = new AVFilterInOut(null);
    AVFilterInOut inputs = new AVFilterInOut(null);
    boolean opened = false;
    try {
      String input =
          "video_size=%s:pix_fmt=rgb24:time_base=%d/%d:frame_rate=%d/%d:pixel_aspect=1/1"
              .formatted(
                  size, rate.denominator(), rate.numerator(), rate.numerator(), rate.denominator());
      FfmpegCalls.check(
          avfilter_graph_create_filter(
              source, avfilter_get_by_name("buffer"), "in", input, null, graph),
          "filter buffer");
      FfmpegCalls.check(
          avfilter_graph_create_filter(
              sink, avfilter_get_by_name("buffersink"), "out", null, null, graph),
          "filter buffersink");
      outputs = end("in", source);
      inputs = end("out", sink);
      FfmpegCalls.check(
          avfilter_graph_parse_ptr(graph, FILTERS, inputs, outputs, null), "palette filters");
      FfmpegCalls.check(avfilter_graph_config(graph, null), "palette filters");
      AVFrame result = FfmpegCalls.check(av_frame_alloc(), "av_frame_alloc");
      opened = true;
      return new FfmpegPalette(size, graph, source, sink, result);
    } finally {
      avfilter_inout_free(inputs);
      avfilter_inout_free(outputs);
      if (!opened) {
        avfilter_graph_free(graph);
      }
    }
  }

  private static AVFilterInOut end(String name, AVFilterContext filter) throws FfmpegException {
    AVFilterInOut end = FfmpegCalls.check(avfilter_inout_alloc(), "avfilter_inout_alloc");
    // Freed by avfilter_inout_free, so it has to come from av_malloc.
    end.name(av_strdup(new BytePointer(name)));
    end.filter_ctx(filter).pad_idx(0).next(null);
    return end;
  }

  /** Adds a frame. */
  void add(byte[] rgb) throws FfmpegException {
    AVFrame frame = FfmpegCalls.newFrame(size, AV_PIX_FMT_RGB24);
    try {
      FfmpegCalls.copyIn(rgb, size.width() * 3, frame);
      frame.pts(frames++);
      frame.duration(1);
      FfmpegCalls.check(
          av_buffersrc_add_frame_flags(source, frame, AV_BUFFERSRC_FLAG_KEEP_REF),
          "palette filters");
    } finally {
      av_frame_free(frame);
    }
  }

  /** Ends the clip and encodes its frames. */
  void drainTo(FfmpegEncoder encoder) throws FfmpegException {
    FfmpegCalls.check(av_buffersrc_add_frame_flags(source, null, 0), "palette filters");
    while (true) {
      int status = av_buffersink_get_frame(sink, result);
      if (status == AVERROR_EOF()) {
        return;
      }
      FfmpegCalls.check(status, "palette filters");
      encoder.write(result);
      av_frame_unref(result);
    }
  }

  @Override
  public void close() {
    av_frame_free(result);
    avfilter_graph_free(graph);
  }
}
