package io.freemask.mask;

import io.freemask.InvalidInputException;
import java.util.Arrays;

/** A mask [F,h,w] of values in [0,1], 1 on the object. Immutable. */
public final class Mask {

  private final int frames;
  private final int height;
  private final int width;
  private final float[] values;

  private Mask(int frames, int height, int width, float[] values) {
    this.frames = frames;
    this.height = height;
    this.width = width;
    this.values = values;
  }

  /**
   * Makes a mask.
   *
   * @param values [F,h,w], copied
   * @throws InvalidInputException if a value is not in [0,1] or their number is not F*h*w
   */
  public static Mask of(int frames, int height, int width, float[] values) {
    if (frames < 1 || height < 1 || width < 1) {
      throw new InvalidInputException(
          "mask is [" + frames + "," + height + "," + width + "], expected sizes of at least 1");
    }
    long expected = (long) frames * height * width;
    if (values.length != expected) {
      throw new InvalidInputException(
          "mask ["
              + frames
              + ","
              + height
              + ","
              + width
              + "] has "
              + values.length
              + " values, expected "
              + expected);
    }
    for (int i = 0; i < values.length; i++) {
      if (!(values[i] >= 0 && values[i] <= 1)) {
        int pixel = i % (height * width);
        throw new InvalidInputException(
            "mask has the value "
                + values[i]
                + " at frame "
                + i / (height * width)
                + ", row "
                + pixel / width
                + ", column "
                + pixel % width
                + ", expected values in [0,1]");
      }
    }
    return new Mask(frames, height, width, values.clone());
  }

  /** Returns F. */
  public int frames() {
    return frames;
  }

  /** Returns h. */
  public int height() {
    return height;
  }

  /** Returns w. */
  public int width() {
    return width;
  }

  /** Returns a copy of the values [F,h,w]. */
  public float[] values() {
    return values.clone();
  }

  /** Returns the value of one pixel. */
  public float at(int frame, int row, int column) {
    return values[(frame * height + row) * width + column];
  }

  /** Returns the mean value: the share of the pixels that a binary mask marks. */
  public double coverage() {
    double sum = 0;
    for (float value : values) {
      sum += value;
    }
    return sum / values.length;
  }

  /** Returns this mask at another size, by nearest resize ({@link MaskResize}). */
  public Mask resize(int toHeight, int toWidth) {
    if (toHeight == height && toWidth == width) {
      return this;
    }
    return new Mask(
        frames,
        toHeight,
        toWidth,
        MaskResize.nearest(values, frames, height, width, toHeight, toWidth));
  }

  /**
   * Returns the larger of both masks at each pixel: the union, for binary masks.
   *
   * @throws IllegalArgumentException if the sizes differ
   */
  public Mask union(Mask other) {
    requireSize(other);
    float[] union = new float[values.length];
    for (int i = 0; i < union.length; i++) {
      union[i] = Math.max(values[i], other.values[i]);
    }
    return new Mask(frames, height, width, union);
  }

  /**
   * Returns this mask without what the other marks: the product with 1 - other.
   *
   * @throws IllegalArgumentException if the sizes differ
   */
  public Mask minus(Mask other) {
    requireSize(other);
    float[] rest = new float[values.length];
    for (int i = 0; i < rest.length; i++) {
      rest[i] = values[i] * (1 - other.values[i]);
    }
    return new Mask(frames, height, width, rest);
  }

  /**
   * Returns this mask with a margin around what it marks: each pixel takes the largest value of the
   * square of 2 pixels + 1 around it in its frame. A square because what a latent pixel or an
   * attention map's cell covers is one.
   *
   * @param pixels by how much it grows to each side, in the mask's pixels; at least 0
   * @throws IllegalArgumentException if pixels is negative
   */
  public Mask grown(int pixels) {
    if (pixels < 0) {
      throw new IllegalArgumentException("pixels is " + pixels + ", expected at least 0");
    }
    float[] grown = values.clone();
    float[] line = new float[Math.max(height, width)];
    for (int f = 0; f < frames; f++) {
      int plane = f * height * width;
      for (int y = 0; y < height; y++) {
        grow(grown, plane + y * width, 1, width, pixels, line);
      }
      for (int x = 0; x < width; x++) {
        grow(grown, plane + x, width, height, pixels, line);
      }
    }
    return new Mask(frames, height, width, grown);
  }

  private static void grow(
      float[] values, int start, int step, int length, int pixels, float[] line) {
    for (int i = 0; i < length; i++) {
      float largest = 0;
      for (int k = Math.max(0, i - pixels); k <= Math.min(length - 1, (long) i + pixels); k++) {
        largest = Math.max(largest, values[start + step * k]);
      }
      line[i] = largest;
    }
    for (int i = 0; i < length; i++) {
      values[start + step * i] = line[i];
    }
  }

  private void requireSize(Mask other) {
    if (frames != other.frames || height != other.height || width != other.width) {
      throw new IllegalArgumentException("other mask is " + other + ", expected " + this);
    }
  }

  /** Compares sizes and values. */
  @Override
  public boolean equals(Object other) {
    return other instanceof Mask mask
        && frames == mask.frames
        && height == mask.height
        && width == mask.width
        && Arrays.equals(values, mask.values);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(values) * 31 + (frames * 31 + height) * 31 + width;
  }

  @Override
  public String toString() {
    return "[" + frames + "," + height + "," + width + "]";
  }
}
