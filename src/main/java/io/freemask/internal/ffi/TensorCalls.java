package io.freemask.internal.ffi;

import io.freemask.internal.bindings.Fmk;
import io.freemask.internal.bindings.fmk_tensor_desc;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/** The section "Tensors" of {@code fmk.h}. dtypes are {@code FMK_DTYPE_*} codes. */
public final class TensorCalls {

  private TensorCalls() {}

  /** A tensor's dtype code and sizes. */
  @SuppressWarnings("ArrayRecordComponent") // made, read and dropped
  public record Description(int dtype, long[] sizes) {}

  /** Makes a tensor of the given dtype from values. */
  public static Handle create(Handle context, long[] sizes, float[] values, int dtype) {
    try (NativeCall call = new NativeCall("fmk_tensor_create")) {
      MemorySegment host =
          TensorDescriptor.ofHost(call.arena(), Fmk.FMK_DTYPE_F32(), sizes, call.floats(values));
      MemorySegment out = call.pointers(1);
      call.check(Fmk.fmk_tensor_create(call.use(context), host, dtype, out));
      return take(call, out, 0, context);
    }
  }

  /** Returns the dtype and sizes of a tensor. */
  public static Description describe(Handle tensor) {
    try (NativeCall call = new NativeCall("fmk_tensor_describe")) {
      MemorySegment desc = TensorDescriptor.empty(call.arena());
      call.check(Fmk.fmk_tensor_describe(call.use(tensor), desc));
      return new Description(fmk_tensor_desc.dtype(desc), TensorDescriptor.sizes(desc));
    }
  }

  /** Copies a tensor of the given sizes to the host, as f32. */
  public static float[] read(Handle tensor, long[] sizes, int elements) {
    try (NativeCall call = new NativeCall("fmk_tensor_read")) {
      MemorySegment data = call.arena().allocate(ValueLayout.JAVA_FLOAT, elements);
      MemorySegment host = TensorDescriptor.ofHost(call.arena(), Fmk.FMK_DTYPE_F32(), sizes, data);
      call.check(Fmk.fmk_tensor_read(call.use(tensor), host));
      return data.toArray(ValueLayout.JAVA_FLOAT);
    }
  }

  /** Returns a*x + b*y, or a*x where y is null. */
  public static Handle combine(Handle context, float a, Handle x, float b, @Nullable Handle y) {
    try (NativeCall call = new NativeCall("fmk_tensor_combine")) {
      MemorySegment out = call.pointers(1);
      call.check(Fmk.fmk_tensor_combine(a, call.use(x), b, call.useNullable(y), out));
      return take(call, out, 0, context);
    }
  }

  /** Returns base + mask * (top - base). */
  public static Handle blend(Handle context, Handle base, Handle top, Handle mask) {
    try (NativeCall call = new NativeCall("fmk_tensor_blend")) {
      MemorySegment out = call.pointers(1);
      call.check(Fmk.fmk_tensor_blend(call.use(base), call.use(top), call.use(mask), out));
      return take(call, out, 0, context);
    }
  }

  static Handle take(NativeCall call, MemorySegment out, int index, Handle context) {
    return call.take("tensor", out, index, Fmk::fmk_tensor_destroy, context);
  }
}
