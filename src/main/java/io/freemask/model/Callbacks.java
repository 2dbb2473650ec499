package io.freemask.model;

import io.freemask.internal.ffi.CallbackSink;
import io.freemask.tensor.Shape;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What is called during a forward pass, on the thread that runs it. An exception thrown inside ends
 * the pass and is thrown again by the method that ran it; the models stay usable.
 */
public final class Callbacks {

  /** Calls nothing. */
  public static final Callbacks NONE = new Callbacks(null, null, false);

  private final @Nullable BooleanSupplier cancelled;
  private final @Nullable Probe probe;
  private final boolean attention;

  private Callbacks(@Nullable BooleanSupplier cancelled, @Nullable Probe probe, boolean attention) {
    this.cancelled = cancelled;
    this.probe = probe;
    this.attention = attention;
  }

  /** Receives intermediate values. */
  @FunctionalInterface
  public interface Probe {

    /**
     * Called with an intermediate value.
     *
     * @param name module path of the checkpoint; attention probabilities, averaged over the heads,
     *     are called {@code <layer>.mean_heads}
     * @param shape its shape, as diffusers has it
     * @param values its elements, the receiver's own
     */
    void value(String name, Shape shape, float[] values);
  }

  /**
   * Asks between the blocks of a pass whether to go on.
   *
   * @param cancelled ends the pass with {@link io.freemask.CancelledException} when it returns true
   */
  public static Callbacks tick(BooleanSupplier cancelled) {
    return new Callbacks(cancelled, null, false);
  }

  /**
   * Adds a receiver of intermediate values.
   *
   * @param probe the receiver
   * @param attention whether it wants attention probabilities too, which is slow and takes much
   *     memory
   */
  public Callbacks withProbe(Probe probe, boolean attention) {
    return new Callbacks(cancelled, probe, attention);
  }

  /** Returns the form that native calls take, or null when there is nothing to call. */
  @Nullable CallbackSink sink() {
    if (cancelled == null && probe == null) {
      return null;
    }
    return new CallbackSink() {
      @Override
      public boolean tick() {
        return cancelled != null && cancelled.getAsBoolean();
      }

      @Override
      public boolean probes() {
        return probe != null;
      }

      @Override
      public boolean probesAttention() {
        return attention;
      }

      @Override
      public void probe(String name, long[] sizes, float[] values) {
        if (probe != null) {
          probe.value(name, new Shape(sizes), values);
        }
      }
    };
  }
}
