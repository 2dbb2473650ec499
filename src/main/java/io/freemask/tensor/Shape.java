package io.freemask.tensor;

import io.freemask.InvalidInputException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The sizes of a tensor, outermost first. Written {@code [1,4,8,16,16]}; {@code []} is a scalar.
 *
 * @param sizes each 0 or more; their product fits a long
 */
public record Shape(List<Long> sizes) {

  /** Checks the sizes and makes them immutable. */
  public Shape {
    sizes = List.copyOf(sizes);
    long elements = 1;
    boolean empty = sizes.contains(0L);
    for (long size : sizes) {
      if (size < 0) {
        throw new InvalidInputException("shape " + text(sizes) + ", expected sizes of 0 or more");
      }
      try {
        elements = empty ? 0 : Math.multiplyExact(elements, size);
      } catch (ArithmeticException e) {
        throw new InvalidInputException(
            "shape " + text(sizes) + ", expected fewer than 2^63 elements", e);
      }
    }
  }

  /** Makes a shape of the given sizes. */
  public Shape(long... sizes) {
    this(Arrays.stream(sizes).boxed().toList());
  }

  /** Makes a shape of the given sizes. */
  public static Shape of(long... sizes) {
    return new Shape(sizes);
  }

  /** Returns the number of dimensions. */
  public int rank() {
    return sizes.size();
  }

  /**
   * Returns one size.
   *
   * @param i which, from 0; negative counts from the end, -1 being the last
   */
  public long dim(int i) {
    return sizes.get(i < 0 ? sizes.size() + i : i);
  }

  /** Returns the number of elements. */
  public long elements() {
    long elements = 1;
    for (long size : sizes) {
      elements *= size;
    }
    return elements;
  }

  /** Returns the sizes as an array of its own. */
  public long[] toArray() {
    return sizes.stream().mapToLong(Long::longValue).toArray();
  }

  /**
   * Checks the number of dimensions.
   *
   * @param name what has this shape, for the message
   * @return this shape
   * @throws InvalidInputException when it is another
   */
  public Shape require(String name, int rank) {
    if (rank() != rank) {
      throw new InvalidInputException(
          name + " has the shape " + this + ", expected " + rank + " dimensions");
    }
    return this;
  }

  /**
   * Checks the sizes.
   *
   * @param name what has this shape, for the message
   * @return this shape
   * @throws InvalidInputException when it is another
   */
  public Shape require(String name, Shape expected) {
    if (!equals(expected)) {
      throw new InvalidInputException(name + " has the shape " + this + ", expected " + expected);
    }
    return this;
  }

  @Override
  public String toString() {
    return text(sizes);
  }

  private static String text(List<Long> sizes) {
    return sizes.stream().map(String::valueOf).collect(Collectors.joining(",", "[", "]"));
  }
}
