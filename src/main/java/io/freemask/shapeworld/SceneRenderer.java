package io.freemask.shapeworld;

import io.freemask.mask.Mask;
import io.freemask.video.Clip;
import io.freemask.video.FrameRate;
import io.freemask.video.FrameSize;
import java.util.ArrayList;
import java.util.List;

/** Draws scenes: background, second object, first object, style. */
public final class SceneRenderer {

  private static final double SECOND_X = 0.60;
  private static final double SECOND_Y = 0.56;
  private static final double SECOND_SIZE = 0.32;

  private SceneRenderer() {}

  /**
   * Draws a scene.
   *
   * <p>Pixel (i,j) lies at y = 2i/(H-1) - 1 and x = (2j/(W-1) - 1) W/H, frame f at time f/(F-1).
   *
   * @param frames F, at least 1
   * @param size of the frames, at least 2x2
   */
  public static RenderedScene render(Scene scene, int frames, FrameSize size, FrameRate rate) {
    int height = size.height();
    int width = size.width();
    if (frames < 1 || height < 2 || width < 2) {
      throw new IllegalArgumentException(
          frames + " frames of " + size + ", expected at least 1 frame of 2x2");
    }
    int pixels = height * width;
    BackgroundPainter background = new BackgroundPainter(scene, height, width);
    StylePainter style = new StylePainter(scene.style(), height, width);
    List<byte[]> pictures = new ArrayList<>();
    float[] first = new float[frames * pixels];
    float[] second = new float[frames * pixels];
    double[] rgb = new double[3 * pixels];
    double[] cover = new double[pixels];
    for (int f = 0; f < frames; f++) {
      double t = frames == 1 ? 0 : (double) f / (frames - 1);
      paint(scene, size, background, t, rgb, cover, first, second, f * pixels);
      style.paint(rgb, cover);
      byte[] picture = new byte[3 * pixels];
      for (int i = 0; i < picture.length; i++) {
        picture[i] = (byte) Math.round(255 * Math.max(0, Math.min(1, rgb[i])));
      }
      pictures.add(picture);
    }
    return new RenderedScene(
        new Clip(size, rate, pictures),
        Mask.of(frames, height, width, first),
        Mask.of(frames, height, width, second));
  }

  /** Paints a plain frame, the objects' coverage and from {@code offset} on both masks. */
  private static void paint(
      Scene scene,
      FrameSize size,
      BackgroundPainter background,
      double t,
      double[] rgb,
      double[] cover,
      float[] first,
      float[] second,
      int offset) {
    double aspect = (double) size.width() / size.height();
    ObjectPainter front =
        new ObjectPainter(
            scene.shape(),
            scene.color(),
            scene.motion(),
            scene.px(),
            scene.py(),
            scene.size(),
            t,
            aspect,
            size.height());
    Scene.SecondObject other = scene.second();
    ObjectPainter back =
        other == null
            ? null
            : new ObjectPainter(
                other.shape(),
                other.color(),
                SceneMotion.STANDING_STILL,
                scene.px() > 0 ? -SECOND_X : SECOND_X,
                scene.py() > 0 ? -SECOND_Y : SECOND_Y,
                SECOND_SIZE,
                t,
                aspect,
                size.height());
    double[] pixel = new double[3];
    double[] over = new double[3];
    for (int i = 0; i < cover.length; i++) {
      double x = place(i % size.width(), size.width()) * aspect;
      double y = place(i / size.width(), size.height());
      background.color(i, x, y, t, pixel);
      double behind = 0;
      if (back != null) {
        behind = back.coverage(x, y);
        back.color(x, y, over);
        mix(pixel, over, behind);
      }
      double covered = front.coverage(x, y);
      front.color(x, y, over);
      mix(pixel, over, covered);
      behind *= 1 - covered;
      System.arraycopy(pixel, 0, rgb, 3 * i, 3);
      cover[i] = Math.max(covered, behind);
      first[offset + i] = covered > 0.5 ? 1 : 0;
      second[offset + i] = behind > 0.5 ? 1 : 0;
    }
  }

  private static void mix(double[] below, double[] above, double share) {
    for (int c = 0; c < 3; c++) {
      below[c] = below[c] * (1 - share) + above[c] * share;
    }
  }

  /** Returns where pixel i of n lies, -1 to 1. */
  static double place(int i, int n) {
    return 2.0 * i / (n - 1) - 1;
  }
}
