package io.freemask.video;

import java.math.BigInteger;
import java.util.Locale;

/**
 * Frames per second as a reduced fraction.
 *
 * @param numerator frames, at least 1
 * @param denominator seconds, at least 1
 */
public record FrameRate(int numerator, int denominator) {

  /** The largest denominator that {@link #of(double)} uses; 1001 is NTSC's. */
  private static final int MAX_DENOMINATOR = 1001;

  /** Checks the range and reduces the fraction. */
  public FrameRate {
    if (numerator < 1 || denominator < 1) {
      throw new IllegalArgumentException(
          "frame rate is " + numerator + "/" + denominator + ", expected both at least 1");
    }
    int divisor = BigInteger.valueOf(numerator).gcd(BigInteger.valueOf(denominator)).intValue();
    numerator /= divisor;
    denominator /= divisor;
  }

  /** Returns a whole number of frames per second. */
  public static FrameRate of(int framesPerSecond) {
    return new FrameRate(framesPerSecond, 1);
  }

  /** Returns the fraction with a denominator of at most 1001 that is nearest. */
  public static FrameRate of(double framesPerSecond) {
    if (!(framesPerSecond >= 1.0 / MAX_DENOMINATOR && framesPerSecond <= 1_000_000)) {
      throw new IllegalArgumentException(
          "frame rate is " + framesPerSecond + ", expected 1/1001 to 1000000 frames a second");
    }
    int numerator = 1;
    int denominator = 1;
    double best = Double.POSITIVE_INFINITY;
    for (int d = 1; d <= MAX_DENOMINATOR; d++) {
      long n = Math.max(1, Math.round(framesPerSecond * d));
      double error = Math.abs((double) n / d - framesPerSecond);
      // A larger denominator has to be worth it: 24.000001 is 24.
      if (n <= Integer.MAX_VALUE && error < best * (1 - 1e-6) - 1e-9) {
        best = error;
        numerator = (int) n;
        denominator = d;
      }
    }
    return new FrameRate(numerator, denominator);
  }

  /** Returns frames per second. */
  public double value() {
    return (double) numerator / denominator;
  }

  /** Returns the rate at which every n-th frame plays as fast as all of them do at this rate. */
  public FrameRate everyNth(int n) {
    return new FrameRate(numerator, Math.multiplyExact(denominator, n));
  }

  /** Returns frames per second with up to three decimals, such as "29.97". */
  @Override
  public String toString() {
    if (denominator == 1) {
      return Integer.toString(numerator);
    }
    return String.format(Locale.ROOT, "%.3f", value()).replaceAll("0+$", "");
  }
}
