package io.freemask.weights;

import io.freemask.tensor.Shape;

/**
 * A tensor in a safetensors file.
 *
 * @param type element type
 * @param shape sizes, outermost first
 * @param begin offset of its first byte, counted from the end of the header
 * @param end offset after its last byte
 */
public record TensorInfo(StorageType type, Shape shape, long begin, long end) {

  /** Returns the number of bytes. */
  public long bytes() {
    return end - begin;
  }
}
