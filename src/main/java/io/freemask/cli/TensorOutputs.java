package io.freemask.cli;

import io.freemask.tensor.Shape;
import io.freemask.tensor.Tensor;
import io.freemask.weights.SafetensorsWriter;
import io.freemask.weights.StorageType;
import io.freemask.weights.TensorData;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The results of a part, by name. */
final class TensorOutputs {

  private final Map<String, TensorData> tensors = new LinkedHashMap<>();
  private final Map<String, String> metadata = new LinkedHashMap<>();

  void put(String name, Tensor tensor) {
    put(name, tensor.shape(), tensor.toFloats());
  }

  void put(String name, Shape shape, float... values) {
    tensors.put(name, TensorData.floats(shape, values));
  }

  void put(String name, Shape shape, long... values) {
    tensors.put(name, TensorData.longs(shape, values));
  }

  void put(String name, Shape shape, byte[] values) {
    tensors.put(name, TensorData.bytes(StorageType.U8, shape, values));
  }

  /** Puts tensors of one shape one after the other, along a new first dimension. */
  void putStacked(String name, List<Tensor> parts) {
    put(name, prepend(parts.size(), parts.getFirst().shape()), values(parts));
  }

  /** Puts tensors [1,..] one after the other, along their first dimension. */
  void putJoined(String name, List<Tensor> parts) {
    long[] sizes = parts.getFirst().shape().toArray();
    sizes[0] = parts.size();
    put(name, Shape.of(sizes), values(parts));
  }

  void metadata(String key, String value) {
    metadata.put(key, value);
  }

  int size() {
    return tensors.size();
  }

  void write(Path path) {
    SafetensorsWriter.write(path, tensors, metadata);
  }

  private static Shape prepend(long size, Shape shape) {
    long[] sizes = new long[shape.rank() + 1];
    sizes[0] = size;
    System.arraycopy(shape.toArray(), 0, sizes, 1, shape.rank());
    return Shape.of(sizes);
  }

  private static float[] values(List<Tensor> parts) {
    int length = Math.toIntExact(parts.getFirst().shape().elements());
    float[] all = new float[Math.multiplyExact(parts.size(), length)];
    for (int i = 0; i < parts.size(); i++) {
      System.arraycopy(parts.get(i).toFloats(), 0, all, i * length, length);
    }
    return all;
  }
}
