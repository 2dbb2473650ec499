package io.freemask.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.freemask.tensor.Context;
import io.freemask.tensor.DType;
import io.freemask.tensor.Shape;
import io.freemask.tensor.Tensor;
import io.freemask.weights.SafetensorsFile;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Reference tensors under {@code golden/}, and how far results are from them. A missing file is a
 * failure.
 */
public final class Golden implements AutoCloseable {

  /** Bound for one forward pass in f32, as a share of max(1, the largest reference value). */
  public static final double FORWARD = 1e-5;

  /** Bound for chains of passes without guidance. */
  public static final double CHAIN = 1e-4;

  private final String name;
  private final SafetensorsFile file;
  private final Map<String, Double> errors = new TreeMap<>();

  private Golden(String name) {
    this.name = name;
    this.file = SafetensorsFile.open(path(name));
  }

  /** Opens a file such as {@code tiny/unet.safetensors}. */
  public static Golden open(String name) {
    return new Golden(name);
  }

  /** Returns the path of a file or folder under {@code golden/}. */
  public static Path path(String name) {
    URL url = Golden.class.getResource("/golden/" + name);
    assertThat(url).as("fixture golden/%s", name).isNotNull();
    try {
      return Path.of(url.toURI());
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }

  public SafetensorsFile file() {
    return file;
  }

  public Shape shape(String tensor) {
    return file.info(tensor).shape();
  }

  public float[] floats(String tensor) {
    return file.floats(tensor);
  }

  public Tensor tensor(Context context, String tensor) {
    return Tensor.of(context, shape(tensor), floats(tensor), DType.F32);
  }

  /** Returns the items of a batch, each [1,..]. */
  public List<Tensor> items(Context context, String tensor) {
    long[] sizes = shape(tensor).toArray();
    int batch = (int) sizes[0];
    sizes[0] = 1;
    float[] values = floats(tensor);
    int length = values.length / batch;
    List<Tensor> items = new ArrayList<>();
    for (int i = 0; i < batch; i++) {
      items.add(
          Tensor.of(
              context,
              Shape.of(sizes),
              Arrays.copyOfRange(values, i * length, (i + 1) * length),
              DType.F32));
    }
    return items;
  }

  /** Checks a tensor against the reference of that name. */
  public void check(String tensor, Tensor actual, double bound) {
    check(tensor, actual.shape(), actual.toFloats(), bound);
  }

  /** Checks values against the reference of that name. */
  public void check(String tensor, Shape shape, float[] actual, double bound) {
    assertThat(shape).as(tensor).isEqualTo(shape(tensor));
    check(tensor, actual, floats(tensor), bound);
  }

  /** Checks values against a reference: every one finite and within bound * max(1, max|ref|). */
  public void check(String what, float[] actual, float[] expected, double bound) {
    assertThat(actual).as(what).hasSameSizeAs(expected);
    double largest = 1;
    double error = 0;
    for (int i = 0; i < expected.length; i++) {
      assertThat(Float.isFinite(actual[i])).as("%s[%d] is finite", what, i).isTrue();
      largest = Math.max(largest, Math.abs(expected[i]));
      error = Math.max(error, Math.abs((double) actual[i] - expected[i]));
    }
    errors.merge(what, error / largest, Math::max);
    assertThat(error / largest).as("%s of golden/%s: relative error", what, name).isLessThan(bound);
  }

  /** Prints the largest error of this file, so that a build's log shows how much room is left. */
  @Override
  public void close() {
    file.close();
    errors.entrySet().stream()
        .max(Map.Entry.comparingByValue())
        .ifPresent(
            worst ->
                System.out.printf(
                    "golden/%s: %d tensors checked, largest relative error %.3g (%s)%n",
                    name, errors.size(), worst.getValue(), worst.getKey()));
  }
}
