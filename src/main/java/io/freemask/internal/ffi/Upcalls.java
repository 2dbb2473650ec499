package io.freemask.internal.ffi;

import io.freemask.internal.bindings.Fmk;
import io.freemask.internal.bindings.fmk_callbacks;
import io.freemask.internal.bindings.fmk_probe_fn;
import io.freemask.internal.bindings.fmk_tensor_desc;
import io.freemask.internal.bindings.fmk_tick_fn;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/**
 * The callbacks of one native call.
 *
 * <p>An exception must not travel through native frames: what the sink throws is kept, the native
 * call is told to cancel, and {@link #rethrow} throws it again afterwards.
 */
final class Upcalls {

  private static final int GO_ON = 0;
  private static final int CANCEL = 1;

  private final CallbackSink sink;
  private final MemorySegment struct;
  private @Nullable Throwable thrown;

  /**
   * Makes the stubs.
   *
   * @param arena outlives the native call
   */
  Upcalls(CallbackSink sink, Arena arena) {
    this.sink = sink;
    struct = fmk_callbacks.allocate(arena);
    NativeCalls.check(
        Fmk.fmk_callbacks_init(struct, Math.toIntExact(fmk_callbacks.sizeof())),
        "fmk_callbacks_init");
    fmk_callbacks.tick(struct, fmk_tick_fn.allocate(this::tick, arena));
    if (sink.probes()) {
      fmk_callbacks.probe(struct, fmk_probe_fn.allocate(this::probe, arena));
      fmk_callbacks.probe_attention(struct, sink.probesAttention() ? 1 : 0);
    }
  }

  MemorySegment struct() {
    return struct;
  }

  /** Throws what the sink threw, if it did. */
  void rethrow() {
    switch (thrown) {
      case null -> {}
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      case Throwable e -> throw new IllegalStateException("a callback failed", e);
    }
  }

  private int tick(MemorySegment userData) {
    try {
      return sink.tick() ? CANCEL : GO_ON;
    } catch (Throwable e) {
      thrown = e;
      return CANCEL;
    }
  }

  private int probe(MemorySegment userData, MemorySegment name, MemorySegment value) {
    try {
      long[] sizes = TensorDescriptor.sizes(value);
      long elements = 1;
      for (long size : sizes) {
        elements *= size;
      }
      float[] values =
          fmk_tensor_desc
              .data(value)
              .asSlice(0, elements * Float.BYTES)
              .toArray(ValueLayout.JAVA_FLOAT);
      sink.probe(name.getString(0), sizes, values);
      return GO_ON;
    } catch (Throwable e) {
      thrown = e;
      return CANCEL;
    }
  }
}
