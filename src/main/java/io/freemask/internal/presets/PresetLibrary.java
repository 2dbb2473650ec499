package io.freemask.internal.presets;

import io.freemask.NativeLibraryException;
import org.jspecify.annotations.Nullable;

/**
 * A library of JavaCPP's presets, made usable before the first class that links to it is used.
 *
 * <p>The presets are on the class path or are modules of their own; this module requires none, so
 * that it resolves without them, and reads them from here on.
 */
public final class PresetLibrary {

  private static final String MEMORY_LIMIT = "org.bytedeco.javacpp.maxPhysicalBytes";

  private final String name;
  private final String artifacts;
  private final String probe;
  private final Runnable initializer;
  private boolean loaded;
  private @Nullable NativeLibraryException failure;

  /**
   * Describes a library.
   *
   * @param name what messages call it
   * @param artifacts what the user puts on the class path, each also for the platform
   * @param probe a class that loads the library when it is initialized
   * @param initializer runs once the library is there
   */
  public PresetLibrary(String name, String artifacts, String probe, Runnable initializer) {
    this.name = name;
    this.artifacts = artifacts;
    this.probe = probe;
    this.initializer = initializer;
  }

  /**
   * Loads the library, once.
   *
   * @throws NativeLibraryException if its classes or libraries are missing, also at later calls
   */
  public synchronized void require() {
    if (failure != null) {
      throw failure;
    }
    if (!loaded) {
      try {
        load();
        loaded = true;
      } catch (NativeLibraryException e) {
        failure = e;
        throw e;
      }
    }
  }

  private void load() {
    // JavaCPP refuses to allocate once the process exceeds four times the Java heap, whoever uses
    // the memory; model weights do.
    if (System.getProperty(MEMORY_LIMIT) == null) {
      System.setProperty(MEMORY_LIMIT, "0");
    }
    ClassLoader loader = PresetLibrary.class.getClassLoader();
    try {
      Class<?> presets = Class.forName(probe, false, loader);
      Module self = PresetLibrary.class.getModule();
      self.addReads(presets.getModule());
      self.addReads(Class.forName("org.bytedeco.javacpp.Loader", false, loader).getModule());
      Class.forName(probe, true, loader);
      initializer.run();
    } catch (ClassNotFoundException e) {
      throw new NativeLibraryException(
          name
              + "'s Java bindings are missing (class "
              + e.getMessage()
              + "): put "
              + artifacts
              + ", each also with the classifier of this platform, on the class path",
          e);
    } catch (LinkageError e) {
      throw new NativeLibraryException(
          name
              + "'s native libraries cannot be loaded: "
              + e.getMessage()
              + "; put "
              + artifacts
              + ", each also with the classifier of this platform, on the class path",
          e);
    }
  }
}
