package io.freemask;

import io.freemask.eval.AblationTable;
import java.nio.file.Path;
import java.util.List;

/**
 * An ablation that is done.
 *
 * @param table the measures
 * @param written the files that were written
 * @param statistics what it took
 */
public record AblationResult(AblationTable table, List<Path> written, RunStatistics statistics) {

  /** Copies the list. */
  public AblationResult {
    written = List.copyOf(written);
  }
}
