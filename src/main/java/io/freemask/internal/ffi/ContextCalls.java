package io.freemask.internal.ffi;

import io.freemask.internal.bindings.Fmk;
import io.freemask.internal.bindings.fmk_context_params;
import io.freemask.internal.bindings.fmk_memory_info;
import java.lang.foreign.MemorySegment;

/** The section "Context" of {@code fmk.h}. */
public final class ContextCalls {

  private ContextCalls() {}

  /** Tensor memory in bytes: held now, most held at a time, kept for reuse. */
  public record Memory(long used, long peak, long cached) {}

  /**
   * Makes a context.
   *
   * @param cuda whether on CUDA device {@code index} instead of the CPU
   */
  public static Handle create(boolean cuda, int index, int threads, long memoryLimit) {
    NativeRuntime.require();
    try (NativeCall call = new NativeCall("fmk_context_create")) {
      MemorySegment params = fmk_context_params.allocate(call.arena());
      call.check(Fmk.fmk_context_params_init(params, Math.toIntExact(fmk_context_params.sizeof())));
      fmk_context_params.device_type(params, cuda ? Fmk.FMK_DEVICE_CUDA() : Fmk.FMK_DEVICE_CPU());
      fmk_context_params.device_index(params, index);
      fmk_context_params.threads(params, threads);
      fmk_context_params.memory_limit(params, memoryLimit);
      MemorySegment out = call.pointers(1);
      call.check(Fmk.fmk_context_create(params, out));
      return call.take("context", out, 0, Fmk::fmk_context_destroy, null);
    }
  }

  /** Returns the tensor memory of the context's device, and may start a new peak. */
  public static Memory memory(Handle context, boolean resetPeak) {
    try (NativeCall call = new NativeCall("fmk_context_memory")) {
      MemorySegment info = fmk_memory_info.allocate(call.arena());
      fmk_memory_info.struct_size(info, Math.toIntExact(fmk_memory_info.sizeof()));
      call.check(Fmk.fmk_context_memory(call.use(context), resetPeak ? 1 : 0, info));
      return new Memory(
          fmk_memory_info.used_bytes(info),
          fmk_memory_info.peak_bytes(info),
          fmk_memory_info.cached_bytes(info));
    }
  }

  /** Gives memory that is kept for reuse back to the system. */
  public static void releaseCache(Handle context) {
    try (NativeCall call = new NativeCall("fmk_context_release_cache")) {
      call.check(Fmk.fmk_context_release_cache(call.use(context)));
    }
  }
}
