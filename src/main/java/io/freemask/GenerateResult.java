package io.freemask;

import io.freemask.video.Clip;
import java.nio.file.Path;
import java.util.List;

/**
 * A generated clip.
 *
 * @param clip the clip
 * @param written the files and folders that were written
 * @param statistics what it took
 * @param notices what was changed or chosen for the user, a line each
 */
public record GenerateResult(
    Clip clip, List<Path> written, RunStatistics statistics, List<String> notices) {

  /** Copies the lists. */
  public GenerateResult {
    written = List.copyOf(written);
    notices = List.copyOf(notices);
  }
}
