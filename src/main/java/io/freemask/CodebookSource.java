package io.freemask;

import java.nio.file.Path;

/** Where the codebook comes from that an edit's masks are chosen by. */
public sealed interface CodebookSource {

  /** The model's own: {@code codebook.json} in its folder, if it is there. */
  record OfModel() implements CodebookSource {}

  /** None: masks come from a standard level and timestep that nobody measured. */
  record None() implements CodebookSource {}

  /**
   * A file.
   *
   * @param path of a codebook of the model
   */
  record File(Path path) implements CodebookSource {}
}
