package io.freemask.internal.ffi;

import io.freemask.internal.bindings.Fmk;
import io.freemask.internal.bindings.fmk_attention_runs;
import io.freemask.internal.bindings.fmk_context_params;
import io.freemask.internal.bindings.fmk_memory_info;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/** The section "Context" of {@code fmk.h}. */
public final class ContextCalls {

  private ContextCalls() {}

  /** Tensor memory in bytes: held now, most held at a time, kept for reuse. */
  public record Memory(long used, long peak, long cached) {}

  /** The fields of {@code fmk_attention_runs_t}. */
  public record Attention(String operation, String kernel, long calls, String reason) {}

  /** The paths of attention, in the order of {@code enum fmk_attention_path}. */
  public enum Path {
    AUTO,
    REFERENCE,
    FUSED
  }

  /**
   * Makes a context.
   *
   * @param cuda whether on CUDA device {@code index} instead of the CPU
   */
  public static Handle create(
      boolean cuda, int index, int threads, long memoryLimit, Path attention) {
    NativeRuntime.require();
    try (NativeCall call = new NativeCall("fmk_context_create")) {
      MemorySegment params = fmk_context_params.allocate(call.arena());
      call.check(Fmk.fmk_context_params_init(params, Math.toIntExact(fmk_context_params.sizeof())));
      fmk_context_params.device_type(params, cuda ? Fmk.FMK_DEVICE_CUDA() : Fmk.FMK_DEVICE_CPU());
      fmk_context_params.device_index(params, index);
      fmk_context_params.threads(params, threads);
      fmk_context_params.memory_limit(params, memoryLimit);
      fmk_context_params.attention_path(
          params,
          switch (attention) {
            case AUTO -> Fmk.FMK_ATTENTION_PATH_AUTO();
            case REFERENCE -> Fmk.FMK_ATTENTION_PATH_REFERENCE();
            case FUSED -> Fmk.FMK_ATTENTION_PATH_FUSED();
          });
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

  /** Returns which attention ran since the context was made. */
  public static List<Attention> attention(Handle context) {
    try (NativeCall call = new NativeCall("fmk_context_attention_runs")) {
      MemorySegment c = call.use(context);
      MemorySegment count = call.arena().allocate(ValueLayout.JAVA_INT);
      call.check(Fmk.fmk_context_attention_count(c, count));
      MemorySegment runs = fmk_attention_runs.allocate(call.arena());
      fmk_attention_runs.struct_size(runs, Math.toIntExact(fmk_attention_runs.sizeof()));
      List<Attention> all = new ArrayList<>();
      for (int i = 0; i < count.get(ValueLayout.JAVA_INT, 0); i++) {
        call.check(Fmk.fmk_context_attention_runs(c, i, runs));
        all.add(
            new Attention(
                fmk_attention_runs.operation(runs).getString(0),
                fmk_attention_runs.kernel(runs).getString(0),
                fmk_attention_runs.calls(runs),
                fmk_attention_runs.reason(runs).getString(0)));
      }
      return all;
    }
  }

  /** Gives memory that is kept for reuse back to the system. */
  public static void releaseCache(Handle context) {
    try (NativeCall call = new NativeCall("fmk_context_release_cache")) {
      call.check(Fmk.fmk_context_release_cache(call.use(context)));
    }
  }
}
