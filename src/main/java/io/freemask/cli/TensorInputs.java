package io.freemask.cli;

import io.freemask.InvalidInputException;
import io.freemask.tensor.Context;
import io.freemask.tensor.DType;
import io.freemask.tensor.Shape;
import io.freemask.tensor.Tensor;
import io.freemask.weights.SafetensorsFile;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The input tensors of a part; every complaint names the file and the tensor. */
final class TensorInputs implements AutoCloseable {

  private final @Nullable SafetensorsFile file;
  private final String name;

  private TensorInputs(@Nullable SafetensorsFile file, String name) {
    this.file = file;
    this.name = name;
  }

  static TensorInputs open(Path path) {
    return new TensorInputs(SafetensorsFile.open(path), path.toString());
  }

  static TensorInputs none() {
    return new TensorInputs(null, "no input file");
  }

  Set<String> names() {
    return file == null ? Set.of() : file.names();
  }

  boolean has(String tensor) {
    return names().contains(tensor);
  }

  Map<String, String> metadata() {
    return file == null ? Map.of() : file.metadata();
  }

  /**
   * Refuses tensors that the part neither takes nor gives.
   *
   * @param inputs names it takes
   * @param outputs pattern of the names it gives, which a file of reference values holds too
   */
  void requireKnown(Set<String> inputs, String outputs) {
    Pattern given = Pattern.compile(outputs);
    for (String tensor : new TreeSet<>(names())) {
      if (!inputs.contains(tensor) && !given.matcher(tensor).matches()) {
        throw new InvalidInputException(
            name
                + ": unexpected tensor '"
                + tensor
                + "', this part takes "
                + String.join(", ", new TreeSet<>(inputs)));
      }
    }
  }

  /** Returns the shape of a tensor, which has to be there. */
  Shape shape(String tensor) {
    return file(tensor).info(tensor).shape();
  }

  /** Returns the shape of a tensor of a number of dimensions. */
  Shape shape(String tensor, int rank) {
    return shape(tensor).require(label(tensor), rank);
  }

  /** Returns the elements of a tensor of floating-point numbers. */
  float[] floats(String tensor) {
    return file(tensor).floats(tensor);
  }

  /** Returns the elements of a tensor of integers. */
  long[] longs(String tensor) {
    return file(tensor).longs(tensor);
  }

  /** Returns a tensor of a number of dimensions on the device, in f32. */
  Tensor tensor(Context context, String tensor, int rank) {
    return Tensor.of(context, shape(tensor, rank), floats(tensor), DType.F32);
  }

  /** Returns the i-th part along the first dimension, which it keeps with size 1. */
  Tensor item(Context context, String tensor, int i) {
    Shape shape = shape(tensor);
    long[] sizes = shape.toArray();
    int elements = Math.toIntExact(shape.elements() / sizes[0]);
    sizes[0] = 1;
    float[] part = new float[elements];
    System.arraycopy(floats(tensor), i * elements, part, 0, elements);
    return Tensor.of(context, Shape.of(sizes), part, DType.F32);
  }

  /** Returns a single number, whatever its dtype and number of dimensions. */
  double scalar(String tensor) {
    Shape shape = shape(tensor);
    if (shape.elements() != 1) {
      throw new InvalidInputException(
          label(tensor) + " has the shape " + shape + ", expected one element");
    }
    return floats(tensor)[0];
  }

  /** Returns how messages call a tensor. */
  String label(String tensor) {
    return name + ": " + tensor;
  }

  private SafetensorsFile file(String tensor) {
    if (file == null || !file.names().contains(tensor)) {
      throw new InvalidInputException(
          name
              + ": missing tensor '"
              + tensor
              + "'"
              + (file == null ? "" : ", it holds " + String.join(", ", file.names())));
    }
    return file;
  }

  @Override
  public void close() {
    if (file != null) {
      file.close();
    }
  }
}
