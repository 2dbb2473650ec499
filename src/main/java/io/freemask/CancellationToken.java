package io.freemask;

/** Cancels a run from any thread. Once cancelled it stays so; one token may serve several runs. */
public final class CancellationToken {

  private volatile boolean cancelled;

  /** Creates a token that is not cancelled. */
  public CancellationToken() {}

  /** Asks the runs that hold this token to stop; they do within a part of a forward pass. */
  public void cancel() {
    cancelled = true;
  }

  /** Returns whether {@link #cancel} was called. */
  public boolean isCancelled() {
    return cancelled;
  }

  /**
   * Returns normally unless cancelled.
   *
   * @throws CancelledException if {@link #cancel} was called
   */
  public void throwIfCancelled() {
    if (cancelled) {
      throw new CancelledException("the run was cancelled");
    }
  }
}
