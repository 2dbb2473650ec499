package io.freemask.eval.metric;

import io.freemask.video.Clip;
import java.nio.FloatBuffer;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_video.DISOpticalFlow;

/**
 * OpenCV's dense inverse search (Kroeger, Timofte, Dai and Van Gool: Fast optical flow using dense
 * inverse search, ECCV 2016) in its preset MEDIUM, on luma (BT.601) of 8 bits. {@link
 * OpencvRuntime#require} comes first.
 */
final class DisFlow implements AutoCloseable {

  private final DISOpticalFlow flow = DISOpticalFlow.create(DISOpticalFlow.PRESET_MEDIUM);
  private final int height;
  private final int width;

  DisFlow(int height, int width) {
    this.height = height;
    this.width = width;
  }

  /** Has OpenCV compute on one thread: the flow depends on how rows are shared out. */
  static void initialize() {
    opencv_core.setNumThreads(1);
  }

  /** Returns the displacements from one frame of a clip to another, x and y for each pixel. */
  float[] between(Clip clip, int from, int to) {
    try (Mat first = luma(clip.frames().get(from));
        Mat second = luma(clip.frames().get(to));
        Mat result = new Mat()) {
      flow.calc(first, second, result);
      float[] values = new float[2 * height * width];
      FloatBuffer buffer = result.createBuffer();
      buffer.get(values);
      return values;
    }
  }

  private Mat luma(byte[] rgb) {
    byte[] luma = new byte[height * width];
    for (int i = 0; i < luma.length; i++) {
      int red = rgb[3 * i] & 0xff;
      int green = rgb[3 * i + 1] & 0xff;
      int blue = rgb[3 * i + 2] & 0xff;
      luma[i] = (byte) Math.round(0.299 * red + 0.587 * green + 0.114 * blue);
    }
    Mat mat = new Mat(height, width, opencv_core.CV_8UC1);
    mat.data().put(luma);
    return mat;
  }

  @Override
  public void close() {
    flow.close();
  }
}
