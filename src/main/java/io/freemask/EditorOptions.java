package io.freemask;

import io.freemask.tensor.AttentionPath;
import io.freemask.tensor.DType;
import io.freemask.tensor.Device;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** What an editor was built with; the fields are those of {@link EditorSettings}. */
record EditorOptions(
    @Nullable Path model,
    String backend,
    Device device,
    DType dtype,
    int threads,
    long memoryLimitBytes,
    AttentionPath attention) {

  EditorOptions {
    if (!dtype.isFloatingPoint()) {
      throw new InvalidInputException("dtype is " + dtype + ", expected F32, F16 or BF16");
    }
    if (threads < 0) {
      throw new InvalidInputException("threads is " + threads + ", expected 0 or more");
    }
    if (memoryLimitBytes < 0) {
      throw new InvalidInputException(
          "memory limit is " + memoryLimitBytes + " bytes, expected 0 or more");
    }
  }
}
