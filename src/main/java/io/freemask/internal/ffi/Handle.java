package io.freemask.internal.ffi;

import java.lang.foreign.MemorySegment;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Owns one native object.
 *
 * <p>{@link #close} ends the object's use at once: every later use throws {@link
 * IllegalStateException}. The native object itself is destroyed when nothing holds it any more: the
 * call that is running, if any, and the objects made from it, such as the tensors of a context. So
 * no order of closing leaves native code with a dangling pointer.
 *
 * <p>A handle that becomes unreachable without having been closed is reported to the log as a leak,
 * with the stack of its creation when the system property {@code freemask.trackResources} is {@code
 * true}; it is never freed behind the owner's back.
 */
public final class Handle implements AutoCloseable {

  /** The system property that makes leak reports show where an object was made. */
  public static final String TRACK_PROPERTY = "freemask.trackResources";

  private static final System.Logger LOG = System.getLogger(Handle.class.getName());
  private static final Cleaner LEAKS = Cleaner.create();

  private final State state;
  private final Cleaner.Cleanable leak;

  private Handle(State state) {
    this.state = state;
    this.leak = LEAKS.register(this, state);
  }

  /**
   * Takes ownership of a native object.
   *
   * @param what the kind of object, for messages, such as {@code tensor}
   * @param address the object
   * @param destroy ends it; called exactly once and must not throw
   * @param parent what it was made from and needs until it is destroyed, or null
   */
  static Handle of(
      String what,
      MemorySegment address,
      Consumer<MemorySegment> destroy,
      @Nullable Handle parent) {
    if (parent != null) {
      parent.state.hold();
    }
    return new Handle(new State(what, address, destroy, parent));
  }

  /** Calls a function with the address, which is valid until the function returns. */
  <R> R with(Function<MemorySegment, R> call) {
    MemorySegment address = hold();
    try {
      return call.apply(address);
    } finally {
      release();
    }
  }

  /** Returns the address, valid until the matching {@link #release}. */
  MemorySegment hold() {
    Handle parent = state.parent;
    if (parent != null) {
      parent.state.requireOpen();
    }
    return state.hold();
  }

  void release() {
    try {
      state.release();
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  /** Returns whether {@link #close} was called. */
  public boolean isClosed() {
    return state.open.get() == null;
  }

  /** Throws {@link IllegalStateException} once this object or its parent is closed. */
  public void requireOpen() {
    if (state.parent != null) {
      state.parent.requireOpen();
    }
    state.requireOpen();
  }

  /** Ends the use of the object; does nothing when that was done already. */
  @Override
  public void close() {
    if (state.open.getAndSet(null) != null) {
      leak.clean();
      state.release();
    }
  }

  @Override
  public String toString() {
    return state.what + (isClosed() ? " (closed)" : "");
  }

  /** What outlives the handle: it must not refer back to it, or no leak would ever be seen. */
  private static final class State implements Runnable {

    private final String what;
    private final Consumer<MemorySegment> destroy;
    private final @Nullable Handle parent;
    private final MemorySegment address;
    private final AtomicReference<@Nullable MemorySegment> open;
    private final AtomicInteger holders = new AtomicInteger(1);
    private final @Nullable Throwable creation;

    State(
        String what,
        MemorySegment address,
        Consumer<MemorySegment> destroy,
        @Nullable Handle parent) {
      this.what = what;
      this.address = address;
      this.destroy = destroy;
      this.parent = parent;
      this.open = new AtomicReference<>(address);
      this.creation =
          Boolean.getBoolean(TRACK_PROPERTY) ? new Throwable(what + " made here") : null;
    }

    void requireOpen() {
      if (open.get() == null) {
        throw new IllegalStateException("the " + what + " is closed");
      }
    }

    MemorySegment hold() {
      while (true) {
        int count = holders.get();
        requireOpen();
        if (count > 0 && holders.compareAndSet(count, count + 1)) {
          return address;
        }
      }
    }

    void release() {
      if (holders.decrementAndGet() == 0) {
        destroy.accept(address);
        if (parent != null) {
          parent.state.release();
        }
      }
    }

    /** Runs when the handle is closed, and then has nothing to say, or unreachable. */
    @Override
    public void run() {
      if (open.get() != null) {
        LOG.log(
            System.Logger.Level.WARNING,
            creation == null
                ? "a " + what + " was never closed (-D" + TRACK_PROPERTY + "=true tells where)"
                : "a " + what + " was never closed",
            creation);
      }
    }
  }
}
