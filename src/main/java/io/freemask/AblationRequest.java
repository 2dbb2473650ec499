package io.freemask;

import io.freemask.eval.EditCase;
import io.freemask.mmc.Codebook;
import java.nio.file.Path;
import java.util.List;

/**
 * An ablation: every edit of a benchmark by every variant of the method.
 *
 * @param edits what is edited
 * @param codebook of the model
 * @param output the file of measures (JSON), which the same ablation goes on from
 * @param parts files of measures of other runs over a part of the edits, which are taken as known
 * @param pictures a folder for one page of each edit, its variants below each other
 * @param steps T, the number of DDIM steps
 * @param guidance g of classifier-free guidance
 */
public record AblationRequest(
    List<EditCase> edits,
    Codebook codebook,
    Path output,
    List<Path> parts,
    Path pictures,
    int steps,
    double guidance) {

  /** Checks the ranges and copies the lists. */
  public AblationRequest {
    edits = List.copyOf(edits);
    parts = List.copyOf(parts);
    if (edits.isEmpty()) {
      throw new InvalidInputException("edits is empty, expected at least one edit");
    }
    if (steps < 1) {
      throw new InvalidInputException("steps is " + steps + ", expected at least 1");
    }
    if (!Double.isFinite(guidance)) {
      throw new InvalidInputException("guidance is " + guidance + ", expected a finite number");
    }
  }
}
