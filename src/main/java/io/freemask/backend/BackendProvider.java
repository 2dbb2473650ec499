package io.freemask.backend;

import io.freemask.FreeMaskException;
import java.util.Optional;

/**
 * Makes a backend. An implementation is named in {@code
 * META-INF/services/io.freemask.backend.BackendProvider}, or by {@code provides} in its module.
 */
public interface BackendProvider {

  /** How many models {@link #open} loads and reports. */
  int MODELS = 3;

  /** Returns the name that {@code --backend} takes, such as {@code libtorch}. */
  String name();

  /** Returns why this backend cannot run something, one line; empty if it can. Loads no model. */
  Optional<FreeMaskException> refuses(BackendRequest request);

  /**
   * Loads the models.
   *
   * @param loaded called after each of the three models; an exception that it throws ends the
   *     loading, closes what was loaded, and reaches the caller
   * @throws io.freemask.FreeMaskException if the models cannot be loaded
   */
  Backend open(BackendRequest request, Runnable loaded);
}
