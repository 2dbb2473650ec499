package io.freemask.internal.ffi;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The frame of one native call: the memory of its arguments, the handles it uses and its callbacks.
 *
 * <p>Every handle is checked to be open before the downcall and held until {@link #close}, which
 * also frees the memory.
 */
final class NativeCall implements AutoCloseable {

  private final String operation;
  private final Arena arena = Arena.ofConfined();
  private final List<Handle> held = new ArrayList<>();
  private @Nullable Upcalls upcalls;

  NativeCall(String operation) {
    this.operation = operation;
  }

  Arena arena() {
    return arena;
  }

  /** Returns the address of an open handle. */
  MemorySegment use(Handle handle) {
    MemorySegment address = handle.hold();
    held.add(handle);
    return address;
  }

  /** Returns the address of an open handle, or NULL for null. */
  MemorySegment useNullable(@Nullable Handle handle) {
    return handle == null ? MemorySegment.NULL : use(handle);
  }

  /** Returns an array of the addresses of open handles; NULL when there are none. */
  MemorySegment useAll(Collection<Handle> handles) {
    if (handles.isEmpty()) {
      return MemorySegment.NULL;
    }
    MemorySegment array = pointers(handles.size());
    int i = 0;
    for (Handle handle : handles) {
      array.setAtIndex(ValueLayout.ADDRESS, i++, use(handle));
    }
    return array;
  }

  /** Returns room for pointers, all NULL. */
  MemorySegment pointers(int count) {
    return arena.allocate(ValueLayout.ADDRESS, count);
  }

  /** Returns a copy of an array, or NULL for null. */
  MemorySegment floats(float @Nullable [] values) {
    return values == null ? MemorySegment.NULL : arena.allocateFrom(ValueLayout.JAVA_FLOAT, values);
  }

  /** Returns the callbacks struct for a sink, or NULL for null. */
  MemorySegment callbacks(@Nullable CallbackSink sink) {
    if (sink == null) {
      return MemorySegment.NULL;
    }
    Upcalls made = new Upcalls(sink, arena);
    upcalls = made;
    return made.struct();
  }

  /** Throws what a callback threw, or what the status stands for. */
  void check(int status) {
    if (upcalls != null) {
      upcalls.rethrow();
    }
    NativeCalls.check(status, operation);
  }

  /** Takes ownership of the object that the call put into {@code out[index]}. */
  Handle take(
      String what,
      MemorySegment out,
      int index,
      Consumer<MemorySegment> destroy,
      @Nullable Handle parent) {
    return Handle.of(what, out.getAtIndex(ValueLayout.ADDRESS, index), destroy, parent);
  }

  @Override
  public void close() {
    for (Handle handle : held.reversed()) {
      handle.release();
    }
    held.clear();
    arena.close();
  }
}
