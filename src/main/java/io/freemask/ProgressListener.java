package io.freemask;

/**
 * Follows a run, on the thread that runs it. An exception that it throws ends the run and reaches
 * the caller; it must not call the editor again.
 */
@FunctionalInterface
public interface ProgressListener {

  /** Listens to nothing. */
  ProgressListener NONE = progress -> {};

  /** Called at the start of each phase and after each of its steps. */
  void onProgress(Progress progress);
}
