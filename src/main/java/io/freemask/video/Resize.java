package io.freemask.video;

import java.util.ArrayList;
import java.util.List;

/**
 * Resizing with antialiasing.
 *
 * <p>The filter lies over the source pixels that a target pixel covers, so it averages when
 * shrinking. Rows come first, then columns, each rounded to 8 bits with weights of 22 fractional
 * bits: the same bytes as Pillow's {@code Image.resize}, which torchvision and transformers use for
 * images.
 */
public final class Resize {

  /** How a size of another aspect is filled. */
  public enum Fit {
    /** The whole picture, its sides scaled independently. */
    STRETCH,
    /** The aspect kept: scaled to cover the target, then cut to it around the centre. */
    CROP
  }

  /** What a target pixel weighs the source pixels with. */
  public enum Filter {
    /** A triangle. */
    BILINEAR(1),
    /** Keys' cubic convolution with a = -1/2, as Pillow has it. */
    BICUBIC(2);

    private static final double A = -0.5;

    /** How many source pixels it reaches to each side, when not shrinking. */
    private final int support;

    Filter(int support) {
      this.support = support;
    }

    private double weight(double distance) {
      double x = Math.abs(distance);
      if (x >= support) {
        return 0;
      }
      if (this == BILINEAR) {
        return 1 - x;
      }
      return x < 1 ? ((A + 2) * x - (A + 3)) * x * x + 1 : (((x - 5) * x + 8) * x - 4) * A;
    }
  }

  private static final int FRACTION_BITS = 22;

  private Resize() {}

  /** Brings a clip to a size, bilinearly. */
  public static Clip apply(Clip clip, FrameSize target, Fit fit) {
    return apply(clip, target, fit, Filter.BILINEAR);
  }

  /** Brings a clip to a size. */
  public static Clip apply(Clip clip, FrameSize target, Fit fit, Filter filter) {
    if (clip.size().equals(target)) {
      return clip;
    }
    FrameSize scaled = fit == Fit.CROP ? cover(clip.size(), target) : target;
    Axis columns = new Axis(clip.size().width(), scaled.width(), filter);
    Axis rows = new Axis(clip.size().height(), scaled.height(), filter);
    List<byte[]> frames = new ArrayList<>(clip.frameCount());
    for (byte[] frame : clip.frames()) {
      frames.add(rows.alongColumns(columns.alongRows(frame), scaled.width()));
    }
    return centerCrop(new Clip(scaled, clip.frameRate(), frames), target);
  }

  /**
   * Cuts a clip to a size around its centre; an odd rest is one more at the right and bottom.
   *
   * @param target at most the clip's size
   */
  public static Clip centerCrop(Clip clip, FrameSize target) {
    FrameSize size = clip.size();
    if (size.equals(target)) {
      return clip;
    }
    int left = (size.width() - target.width()) / 2;
    int top = (size.height() - target.height()) / 2;
    if (target.width() > size.width() || target.height() > size.height()) {
      throw new IllegalArgumentException("target is " + target + ", expected at most " + size);
    }
    List<byte[]> frames =
        clip.frames().stream().map(f -> Pixels.crop(f, size, left, top, target)).toList();
    return new Clip(target, clip.frameRate(), frames);
  }

  /** Returns the smallest size of the source's aspect that covers the target. */
  private static FrameSize cover(FrameSize source, FrameSize target) {
    double scale =
        Math.max(
            (double) target.width() / source.width(), (double) target.height() / source.height());
    return new FrameSize(
        Math.max(target.width(), (int) Math.round(source.width() * scale)),
        Math.max(target.height(), (int) Math.round(source.height() * scale)));
  }

  /** The weights of one dimension. */
  private static final class Axis {

    private final int from;
    private final int to;
    private final int[] first;
    private final int[][] weights;

    Axis(int from, int to, Filter filter) {
      this.from = from;
      this.to = to;
      this.first = new int[to];
      this.weights = new int[to][];
      double scale = (double) from / to;
      double stretch = Math.max(scale, 1);
      double support = filter.support * stretch;
      for (int i = 0; i < to; i++) {
        double center = (i + 0.5) * scale;
        int start = Math.max(0, (int) (center - support + 0.5));
        int end = Math.min(from, (int) (center + support + 0.5));
        double[] exact = new double[end - start];
        double sum = 0;
        for (int j = start; j < end; j++) {
          exact[j - start] = filter.weight((j - center + 0.5) / stretch);
          sum += exact[j - start];
        }
        first[i] = start;
        weights[i] = new int[exact.length];
        for (int j = 0; j < exact.length; j++) {
          double scaled = exact[j] / sum * (1 << FRACTION_BITS);
          weights[i][j] = (int) (scaled < 0 ? scaled - 0.5 : scaled + 0.5);
        }
      }
    }

    /** Resizes [H*from*3] to [H*to*3]. */
    byte[] alongRows(byte[] rgb) {
      if (from == to) {
        return rgb;
      }
      int height = rgb.length / (3 * from);
      byte[] out = new byte[height * to * 3];
      for (int y = 0; y < height; y++) {
        for (int x = 0; x < to; x++) {
          apply(rgb, 3 * (y * from + first[x]), 3, weights[x], out, 3 * (y * to + x));
        }
      }
      return out;
    }

    /** Resizes [from*width*3] to [to*width*3]. */
    byte[] alongColumns(byte[] rgb, int width) {
      if (from == to) {
        return rgb;
      }
      byte[] out = new byte[to * width * 3];
      for (int y = 0; y < to; y++) {
        for (int x = 0; x < width; x++) {
          apply(rgb, 3 * (first[y] * width + x), 3 * width, weights[y], out, 3 * (y * width + x));
        }
      }
      return out;
    }

    private static void apply(byte[] in, int at, int step, int[] weights, byte[] out, int outAt) {
      for (int c = 0; c < 3; c++) {
        int sum = 1 << (FRACTION_BITS - 1);
        for (int j = 0; j < weights.length; j++) {
          sum += (in[at + j * step + c] & 0xff) * weights[j];
        }
        out[outAt + c] = (byte) Math.max(0, Math.min(255, sum >> FRACTION_BITS));
      }
    }
  }
}
