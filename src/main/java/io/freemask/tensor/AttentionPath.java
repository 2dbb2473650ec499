package io.freemask.tensor;

import java.util.Locale;

/**
 * How attention is computed: every operation has a definition made of libtorch's operations, the
 * reference, and a fused kernel.
 */
public enum AttentionPath {
  /**
   * The kernel where it can take the call and pays, else the reference. The environment variable
   * {@code FREEMASK_ATTENTION} (reference or fused) makes this one of the others.
   */
  AUTO,
  /** Never the kernel. */
  REFERENCE,
  /** The kernel; a call that it cannot take fails with the reason. */
  FUSED;

  /** Returns the name that options and run records use. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
