package io.freemask.backend;

import io.freemask.FreeMaskException;
import io.freemask.InvalidInputException;
import java.util.Optional;

/** A backend that cannot run anything here. */
public final class RefusingBackendProvider implements BackendProvider {

  @Override
  public String name() {
    return "refusing";
  }

  @Override
  public Optional<FreeMaskException> refuses(BackendRequest request) {
    return Optional.of(new InvalidInputException("no abacus found, expected one with 13 rods"));
  }

  @Override
  public Backend open(BackendRequest request, Runnable loaded) {
    throw new AssertionError("opened although it refuses");
  }
}
