package io.freemask.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.freemask.weights.SafetensorsFile;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** Reference tensors that diffusers made, and the comparison with them. */
final class GoldenTensors {

  /** Gate of a forward pass in f32, relative to max(1, largest reference value). */
  static final double FORWARD = 1e-5;

  /** Gate of chains of steps without guidance. */
  static final double CHAIN = 1e-4;

  /** Gate of edits under guidance. */
  static final double GUIDED = 5e-4;

  static final String MODEL = path("tiny-model").toString();

  private GoldenTensors() {}

  /** Returns a fixture's path; a missing one fails. */
  static Path path(String name) {
    URL url = GoldenTensors.class.getResource("/golden/" + name);
    assertThat(url).as("fixture golden/" + name).isNotNull();
    try {
      return Path.of(url.toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Asserts that a file holds the reference's tensors, of the same shapes and values within a gate.
   *
   * @param names pattern of the tensors that are compared; at least one has to match
   */
  static void assertMatches(Path actual, Path reference, String names, double gate) {
    try (SafetensorsFile got = SafetensorsFile.open(actual);
        SafetensorsFile want = SafetensorsFile.open(reference)) {
      Set<String> compared = new TreeSet<>();
      for (String name : want.names()) {
        if (Pattern.matches(names, name)) {
          assertTensor(got, want, name, gate);
          compared.add(name);
        }
      }
      assertThat(compared).as("tensors of " + reference + " like " + names).isNotEmpty();
    }
  }

  private static void assertTensor(
      SafetensorsFile got, SafetensorsFile want, String name, double gate) {
    assertThat(got.names()).contains(name);
    assertThat(got.info(name).shape()).as(name).isEqualTo(want.info(name).shape());
    assertThat(got.info(name).type()).as(name).isEqualTo(want.info(name).type());
    float[] x = got.floats(name);
    float[] y = want.floats(name);
    double scale = 1;
    double worst = 0;
    for (int i = 0; i < y.length; i++) {
      scale = Math.max(scale, Math.abs(y[i]));
      double difference = Math.abs((double) x[i] - y[i]);
      // A NaN is no difference to Math.max.
      worst = difference >= 0 ? Math.max(worst, difference) : Double.POSITIVE_INFINITY;
    }
    assertThat(worst / scale).as(name).isLessThanOrEqualTo(gate);
  }
}
