package io.freemask.model;

import io.freemask.internal.ffi.Handle;
import io.freemask.internal.ffi.SourceCacheCalls;
import io.freemask.tensor.Context;
import io.freemask.tensor.NativeResource;
import java.nio.file.Path;

/**
 * Queries and keys of a source's attention, by record: what {@link AttentionPlan.Recorded} keeps
 * and {@link AttentionPlan.Cached} takes. Outlives the forward passes that use it.
 */
public final class SourceCache implements NativeResource {

  private final Handle handle;

  private SourceCache(Handle handle) {
    this.handle = handle;
  }

  /** Where records are kept. */
  public sealed interface Place {}

  /** Memory of the host, page-locked where the context is on a GPU, which takes a while. */
  public record HostMemory() implements Place {}

  /** Memory of the context's device. */
  public record DeviceMemory() implements Place {}

  /**
   * A mapped file without a name, which is gone when the cache is closed or the process ends.
   *
   * @param directory the folder to make it in
   */
  public record ScratchFile(Path directory) implements Place {}

  /**
   * Makes an empty cache.
   *
   * @param bytes room for records, reserved at once
   * @throws io.freemask.OutOfMemoryException if there is not so much memory
   * @throws io.freemask.InvalidInputException if the file cannot be made, or its disk is full
   */
  public static SourceCache open(Context context, long bytes, Place place) {
    return new SourceCache(
        switch (place) {
          case HostMemory host -> SourceCacheCalls.create(context.handle(), 0, bytes, null);
          case DeviceMemory device -> SourceCacheCalls.create(context.handle(), 1, bytes, null);
          case ScratchFile file ->
              SourceCacheCalls.create(context.handle(), 2, bytes, file.directory().toString());
        });
  }

  Handle handle() {
    return handle;
  }

  @Override
  public void close() {
    handle.close();
  }
}
