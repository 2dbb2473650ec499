package io.freemask.internal.ffi;

import io.freemask.internal.bindings.Fmk;
import io.freemask.internal.bindings.fmk_tensor_desc;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Reads and writes {@code fmk_tensor_desc_t}. */
final class TensorDescriptor {

  private TensorDescriptor() {}

  /** Returns a view of host memory. */
  static MemorySegment ofHost(Arena arena, int dtype, long[] sizes, MemorySegment data) {
    MemorySegment desc = empty(arena);
    fmk_tensor_desc.dtype(desc, dtype);
    fmk_tensor_desc.device_type(desc, Fmk.FMK_DEVICE_CPU());
    fmk_tensor_desc.ndim(desc, sizes.length);
    for (int i = 0; i < sizes.length; i++) {
      fmk_tensor_desc.sizes(desc, i, sizes[i]);
    }
    fmk_tensor_desc.data(desc, data);
    return desc;
  }

  static MemorySegment empty(Arena arena) {
    MemorySegment desc = fmk_tensor_desc.allocate(arena);
    NativeCalls.check(
        Fmk.fmk_tensor_desc_init(desc, Math.toIntExact(fmk_tensor_desc.sizeof())),
        "fmk_tensor_desc_init");
    return desc;
  }

  static long[] sizes(MemorySegment desc) {
    long[] sizes = new long[fmk_tensor_desc.ndim(desc)];
    for (int i = 0; i < sizes.length; i++) {
      sizes[i] = fmk_tensor_desc.sizes(desc, i);
    }
    return sizes;
  }
}
