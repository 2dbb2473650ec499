package io.freemask.edit;

/**
 * Follows an edit, on the thread that runs it. An exception thrown by a listener ends the edit and
 * reaches the caller.
 */
public interface EditListener {

  /** Listens to nothing and never cancels. */
  EditListener NONE = new EditListener() {};

  /** The parts of an edit. */
  enum Phase {
    /** From the clip's latents to noise. */
    INVERSION,
    /** From noise to the result. */
    EDITING
  }

  /**
   * Called at the start of a phase with 0, or with the steps that an earlier run has done, and
   * after each of its steps. The inversion starts twice where a source cache is reserved first.
   *
   * @param phase the phase
   * @param step steps done, 0 to total
   * @param total T
   */
  default void onProgress(Phase phase, int step, int total) {}

  /** Asked before each step and between the blocks of a forward pass; true ends the edit. */
  default boolean isCancelled() {
    return false;
  }
}
