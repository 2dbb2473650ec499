package io.freemask;

import io.freemask.mmc.Codebook;
import java.nio.file.Path;
import java.util.List;

/**
 * A calibrated model.
 *
 * @param codebook what was measured
 * @param resumed how many clips had been measured by an earlier run
 * @param written the files that were written
 * @param statistics what it took
 * @param notices what was changed or chosen for the user, a line each
 */
public record CalibrationResult(
    Codebook codebook,
    int resumed,
    List<Path> written,
    RunStatistics statistics,
    List<String> notices) {

  /** Copies the lists. */
  public CalibrationResult {
    written = List.copyOf(written);
    notices = List.copyOf(notices);
  }
}
