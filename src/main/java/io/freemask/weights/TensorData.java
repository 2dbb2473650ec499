package io.freemask.weights;

import io.freemask.InvalidInputException;
import io.freemask.tensor.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A tensor on the heap, to be written to a file. */
public final class TensorData {

  private final StorageType type;
  private final Shape shape;
  private final ByteBuffer bytes;

  private TensorData(StorageType type, Shape shape, ByteBuffer bytes) {
    this.type = type;
    this.shape = shape;
    this.bytes = bytes;
  }

  /** Makes a tensor of type F32. */
  public static TensorData floats(Shape shape, float... values) {
    ByteBuffer bytes = allocate(StorageType.F32, shape, values.length);
    bytes.asFloatBuffer().put(values);
    return new TensorData(StorageType.F32, shape, bytes);
  }

  /** Makes a tensor of type I64. */
  public static TensorData longs(Shape shape, long... values) {
    ByteBuffer bytes = allocate(StorageType.I64, shape, values.length);
    bytes.asLongBuffer().put(values);
    return new TensorData(StorageType.I64, shape, bytes);
  }

  /**
   * Makes a tensor from its bytes.
   *
   * @param bytes little-endian elements, last size running fastest
   */
  public static TensorData bytes(StorageType type, Shape shape, byte[] bytes) {
    if (bytes.length != shape.elements() * type.bytes()) {
      throw new InvalidInputException(
          bytes.length + " bytes, expected " + shape.elements() * type.bytes() + " for " + shape);
    }
    return new TensorData(type, shape, ByteBuffer.wrap(bytes.clone()));
  }

  private static ByteBuffer allocate(StorageType type, Shape shape, int length) {
    if (shape.elements() != length) {
      throw new InvalidInputException(
          length + " values, expected " + shape.elements() + " for " + shape);
    }
    long bytes = (long) length * type.bytes();
    if (bytes > Integer.MAX_VALUE - 8) {
      throw new InvalidInputException("a tensor of shape " + shape + " does not fit an array");
    }
    return ByteBuffer.allocate(Math.toIntExact(bytes)).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Returns the element type. */
  public StorageType type() {
    return type;
  }

  /** Returns the sizes. */
  public Shape shape() {
    return shape;
  }

  /** Returns a read-only view of the bytes as stored, little-endian. */
  public ByteBuffer bytes() {
    return bytes.asReadOnlyBuffer().rewind();
  }
}
