package io.freemask.backend;

import io.freemask.FreeMaskException;
import io.freemask.InvalidInputException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;

/** The backends there are. */
public final class Backends {

  private Backends() {}

  /** Returns all of them, the project's own first. */
  public static List<BackendProvider> all() {
    List<BackendProvider> all = new ArrayList<>();
    ServiceLoader.load(BackendProvider.class).forEach(all::add);
    all.sort((a, b) -> Boolean.compare(isOwn(b), isOwn(a)));
    return all;
  }

  private static boolean isOwn(BackendProvider provider) {
    return provider.name().equals(LibtorchBackendProvider.NAME);
  }

  /**
   * Returns the backend of a name, if it can run something.
   *
   * @throws InvalidInputException if there is none of that name; lists those there are
   * @throws FreeMaskException if it refuses; the reason
   */
  public static BackendProvider require(String name, BackendRequest request) {
    List<BackendProvider> all = all();
    for (BackendProvider provider : all) {
      if (provider.name().equals(name)) {
        Optional<FreeMaskException> refusal = provider.refuses(request);
        if (refusal.isPresent()) {
          throw refusal.get();
        }
        return provider;
      }
    }
    List<String> known = all.stream().map(provider -> describe(provider, request)).toList();
    throw new InvalidInputException(
        "there is no backend '" + name + "', expected one of " + String.join("; ", known));
  }

  private static String describe(BackendProvider provider, BackendRequest request) {
    return provider.name()
        + provider
            .refuses(request)
            .map(reason -> " (refuses: " + reason.getMessage() + ")")
            .orElse("");
  }
}
