package io.freemask.model;

import io.freemask.tensor.Shape;
import java.util.LinkedHashMap;
import java.util.Map;

/** Collects the names and shapes of a model's parameters, module by module. */
final class ParameterList {

  private final Map<String, Shape> parameters = new LinkedHashMap<>();

  Map<String, Shape> parameters() {
    return Map.copyOf(parameters);
  }

  void add(String name, long... sizes) {
    parameters.put(name, Shape.of(sizes));
  }

  void linear(String path, long in, long out) {
    add(path + ".weight", out, in);
    add(path + ".bias", out);
  }

  void linearWithoutBias(String path, long in, long out) {
    add(path + ".weight", out, in);
  }

  void conv2d(String path, long in, long out, long kernel) {
    add(path + ".weight", out, in, kernel, kernel);
    add(path + ".bias", out);
  }

  /** A group or layer norm. */
  void norm(String path, long channels) {
    add(path + ".weight", channels);
    add(path + ".bias", channels);
  }

  /** {@code ResnetBlock2D}; without a time embedding where {@code timeChannels} is 0. */
  void resnet(String path, long in, long out, long timeChannels) {
    norm(path + ".norm1", in);
    conv2d(path + ".conv1", in, out, 3);
    if (timeChannels > 0) {
      linear(path + ".time_emb_proj", timeChannels, out);
    }
    norm(path + ".norm2", out);
    conv2d(path + ".conv2", out, out, 3);
    if (in != out) {
      conv2d(path + ".conv_shortcut", in, out, 1);
    }
  }
}
