package io.freemask.internal.ffi;

import io.freemask.internal.bindings.Fmk;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The section "Weights" of {@code fmk.h}. */
public final class WeightsCalls {

  private WeightsCalls() {}

  /** Makes an empty set of weights. */
  public static Handle create(Handle context) {
    try (NativeCall call = new NativeCall("fmk_weights_create")) {
      MemorySegment out = call.pointers(1);
      call.check(Fmk.fmk_weights_create(call.use(context), out));
      return call.take("weights", out, 0, Fmk::fmk_weights_destroy, context);
    }
  }

  /**
   * Adds a tensor without copying it.
   *
   * @param dtype an {@code FMK_DTYPE_*} code
   * @param data native memory that outlives the weights and every model made from them
   */
  public static void add(Handle weights, String name, int dtype, long[] sizes, MemorySegment data) {
    try (NativeCall call = new NativeCall("fmk_weights_add")) {
      MemorySegment host = TensorDescriptor.ofHost(call.arena(), dtype, sizes, data);
      call.check(Fmk.fmk_weights_add(call.use(weights), call.arena().allocateFrom(name), host));
    }
  }

  /** Adds all tensors of a PyTorch zip state dict. */
  public static void addPickle(Handle weights, String path) {
    try (NativeCall call = new NativeCall("fmk_weights_add_pickle")) {
      call.check(Fmk.fmk_weights_add_pickle(call.use(weights), call.arena().allocateFrom(path)));
    }
  }

  /** Returns the number of tensors. */
  public static long count(Handle weights) {
    try (NativeCall call = new NativeCall("fmk_weights_count")) {
      MemorySegment count = call.arena().allocate(ValueLayout.JAVA_LONG);
      call.check(Fmk.fmk_weights_count(call.use(weights), count));
      return count.get(ValueLayout.JAVA_LONG, 0);
    }
  }
}
