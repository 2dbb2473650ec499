package io.freemask.internal.ffi;

import io.freemask.internal.bindings.Fmk;
import io.freemask.internal.bindings.fmk_source_cache_params;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** The section "Source cache" of {@code fmk.h}. */
public final class SourceCacheCalls {

  private SourceCacheCalls() {}

  /**
   * Makes a cache.
   *
   * @param place of {@code fmk_cache_place}
   * @param directory where a file is made, or null
   */
  public static Handle create(Handle context, int place, long bytes, @Nullable String directory) {
    try (NativeCall call = new NativeCall("fmk_source_cache_create")) {
      MemorySegment p = fmk_source_cache_params.allocate(call.arena());
      call.check(
          Fmk.fmk_source_cache_params_init(p, Math.toIntExact(fmk_source_cache_params.sizeof())));
      fmk_source_cache_params.place(p, place);
      fmk_source_cache_params.bytes(p, bytes);
      if (directory != null) {
        fmk_source_cache_params.directory(p, call.arena().allocateFrom(directory));
      }
      MemorySegment out = call.pointers(1);
      call.check(Fmk.fmk_source_cache_create(call.use(context), p, out));
      return call.take("source cache", out, 0, Fmk::fmk_source_cache_destroy, context);
    }
  }
}
