package io.freemask.tensor;

import java.util.ArrayList;
import java.util.List;

/**
 * Closes what was added to it, last first. Results leave by {@link #detach}.
 *
 * <pre>{@code
 * try (TensorScope scope = TensorScope.open()) {
 *   Tensor guided = scope.add(Tensor.combine(1 - g, unconditional, g, conditional));
 *   return scheduler.step(latents, guided, s);
 * }
 * }</pre>
 */
public final class TensorScope implements NativeResource {

  private final List<NativeResource> resources = new ArrayList<>();

  private TensorScope() {}

  /** Opens an empty scope. */
  public static TensorScope open() {
    return new TensorScope();
  }

  /**
   * Adds a tensor, or anything else that is closed, and returns it.
   *
   * @param resource closed with this scope
   */
  public <T extends NativeResource> T add(T resource) {
    resources.add(resource);
    return resource;
  }

  /**
   * Takes something out of the scope, so that it outlives it.
   *
   * @return the resource
   * @throws IllegalArgumentException when it was not added
   */
  @SuppressWarnings("ReferenceEquality") // the very object, not one that equals it
  public <T extends NativeResource> T detach(T resource) {
    for (int i = resources.size() - 1; i >= 0; i--) {
      if (resources.get(i) == resource) {
        resources.remove(i);
        return resource;
      }
    }
    throw new IllegalArgumentException(resource + " is not in this scope");
  }

  /** Closes everything; what fails later is added to the first failure as suppressed. */
  @Override
  public void close() {
    RuntimeException first = null;
    for (NativeResource resource : resources.reversed()) {
      try {
        resource.close();
      } catch (RuntimeException e) {
        if (first == null) {
          first = e;
        } else {
          first.addSuppressed(e);
        }
      }
    }
    resources.clear();
    if (first != null) {
      throw first;
    }
  }
}
