package io.freemask.scheduler;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Scheduler configurations for tests, read through the real reader. */
final class SchedulerConfigs {

  /** The fields of zeroscope's configuration that matter. */
  static final String ZEROSCOPE =
      """
      "beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "clip_sample": false,
      "set_alpha_to_one": false, "steps_offset": 1\
      """;

  private SchedulerConfigs() {}

  static SchedulerConfig parse(Path folder, String fields) {
    try {
      Path file = Files.createTempFile(folder, "scheduler", ".json");
      Files.writeString(file, "{" + fields + "}");
      return SchedulerConfig.read(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
