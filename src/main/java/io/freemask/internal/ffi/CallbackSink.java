package io.freemask.internal.ffi;

/** Receives the callbacks of one native call, on the thread of that call. */
public interface CallbackSink {

  /** Called between blocks. Returns whether the call is to be cancelled. */
  boolean tick();

  /** Returns whether intermediate values are wanted. */
  boolean probes();

  /** Returns whether attention probabilities are wanted too. */
  boolean probesAttention();

  /**
   * Called with an intermediate value.
   *
   * @param name module path of the checkpoint
   * @param sizes its shape, outermost first
   * @param values its elements, a copy
   */
  void probe(String name, long[] sizes, float[] values);
}
