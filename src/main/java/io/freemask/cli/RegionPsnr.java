package io.freemask.cli;

import io.freemask.video.Clip;
import io.freemask.video.MaskClip;
import java.util.Locale;

/**
 * How far a clip is from another on an object and around it.
 *
 * @param object PSNR in dB where the mask is white
 * @param background PSNR in dB elsewhere
 */
record RegionPsnr(double object, double background) {

  private static final double PEAK = 255;

  /**
   * Compares two clips of one size.
   *
   * @param mask the object's mask, of the clips' size
   */
  static RegionPsnr of(Clip first, Clip second, MaskClip mask) {
    if (!mask.size().equals(first.size()) || mask.frames() != first.frameCount()) {
      throw new IllegalArgumentException(
          "mask is "
              + mask.frames()
              + " frames of "
              + mask.size()
              + ", expected "
              + first.frameCount()
              + " of "
              + first.size());
    }
    double[] errors = new double[2];
    long[] counts = new long[2];
    int pixels = Math.toIntExact(first.size().pixels());
    for (int f = 0; f < first.frameCount(); f++) {
      byte[] a = first.frames().get(f);
      byte[] b = second.frames().get(f);
      for (int i = 0; i < a.length; i++) {
        int region = mask.values()[f * pixels + i / 3] > 0.5 ? 0 : 1;
        int difference = (a[i] & 0xff) - (b[i] & 0xff);
        errors[region] += difference * difference;
        counts[region]++;
      }
    }
    return new RegionPsnr(psnr(errors[0], counts[0]), psnr(errors[1], counts[1]));
  }

  private static double psnr(double error, long count) {
    return 10 * Math.log10(PEAK * PEAK * count / error);
  }

  /**
   * Returns a line for people.
   *
   * @param reconstruction what the model's VAE alone makes of the clip, in dB
   */
  String describe(double reconstruction) {
    return String.format(
        Locale.ROOT,
        "PSNR against the clip: object %.1f dB (changed), background %.1f dB (kept); the VAE alone,"
            + " without an edit: %.1f dB",
        object,
        background,
        reconstruction);
  }
}
