package io.freemask.tensor;

import io.freemask.InvalidInputException;
import io.freemask.internal.ffi.ContextCalls;
import io.freemask.internal.ffi.Handle;
import io.freemask.internal.ffi.NativeRuntime;
import java.util.List;

/**
 * A device and the settings of the computations on it. Everything native is made with a context.
 *
 * <p>A context and all that was made with it are used by one thread at a time; different contexts
 * are independent. After {@link #close} nothing that was made with it can be used, only closed.
 */
public final class Context implements NativeResource {

  private final Handle handle;
  private final Device device;

  private Context(Handle handle, Device device) {
    this.handle = handle;
    this.device = device;
  }

  /** Opens a device, with the default path of attention. */
  public static Context open(Device device, int threads, long memoryLimitBytes) {
    return open(device, threads, memoryLimitBytes, AttentionPath.AUTO);
  }

  /**
   * Opens a device, and loads the native library if that was not done yet.
   *
   * @param threads CPU threads of one operation; 0 for libtorch's own choice
   * @param memoryLimitBytes most bytes of tensors at a time on the CPU, in the whole process; 0 for
   *     no limit
   * @param attention how attention is computed
   * @throws io.freemask.NativeLibraryException when the native library or libtorch cannot be loaded
   * @throws InvalidInputException when there is no such device, a number is negative, or {@code
   *     FREEMASK_ATTENTION} names no path
   */
  public static Context open(
      Device device, int threads, long memoryLimitBytes, AttentionPath attention) {
    if (threads < 0) {
      throw new InvalidInputException("threads is " + threads + ", expected 0 or more");
    }
    if (memoryLimitBytes < 0) {
      throw new InvalidInputException(
          "the memory limit is " + memoryLimitBytes + " bytes, expected 0 or more");
    }
    return new Context(
        ContextCalls.create(
            device.kind() == Device.Kind.CUDA,
            device.index(),
            threads,
            memoryLimitBytes,
            switch (attention) {
              case AUTO -> ContextCalls.Path.AUTO;
              case REFERENCE -> ContextCalls.Path.REFERENCE;
              case FUSED -> ContextCalls.Path.FUSED;
            }),
        device);
  }

  /** Returns the device. */
  public Device device() {
    return device;
  }

  /** Returns the tensor memory of the device. */
  public MemoryInfo memory() {
    return info(ContextCalls.memory(handle, false));
  }

  /** Returns which attention ran since the context was opened, and how often. */
  public List<AttentionRuns> attentionRuns() {
    return ContextCalls.attention(handle).stream()
        .map(
            runs -> new AttentionRuns(runs.operation(), runs.kernel(), runs.calls(), runs.reason()))
        .toList();
  }

  /** Makes the present use the peak. */
  public void resetPeak() {
    ContextCalls.memory(handle, true);
  }

  /** Gives memory that is kept for reuse back to the system. */
  public void releaseCache() {
    ContextCalls.releaseCache(handle);
  }

  /** Returns the number of native objects that were made and not yet destroyed, in the process. */
  public static long liveHandles() {
    return NativeRuntime.liveHandles();
  }

  /** Returns the native object, for the models of this project. */
  public Handle handle() {
    return handle;
  }

  @Override
  public void close() {
    handle.close();
  }

  @Override
  public String toString() {
    return "Context[" + device + "]";
  }

  private static MemoryInfo info(ContextCalls.Memory memory) {
    return new MemoryInfo(memory.used(), memory.peak(), memory.cached());
  }
}
