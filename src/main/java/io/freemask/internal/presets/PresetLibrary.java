package io.freemask.internal.presets;

import io.freemask.NativeLibraryException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A library of JavaCPP's presets, made usable before the first class that links to it is used.
 *
 * <p>The presets are on the class path or are modules of their own; this module requires none, so
 * that it resolves without them, and reads them from here on.
 */
public final class PresetLibrary {

  private static final String MEMORY_LIMIT = "org.bytedeco.javacpp.maxPhysicalBytes";
  private static final String LOAD_LIBRARIES = "org.bytedeco.javacpp.loadlibraries";

  private final String name;
  private final String artifacts;
  private final String probe;
  private final List<String> unneeded;
  private final Runnable initializer;
  private boolean loaded;
  private @Nullable NativeLibraryException failure;

  /**
   * Describes a library.
   *
   * @param name what messages call it
   * @param artifacts what the user puts on the class path, each also for the platform
   * @param probe a class that loads the library when it is initialized
   * @param unneeded classes that the probe brings along and nothing here uses: their libraries may
   *     be missing
   * @param initializer runs once the library is there
   */
  public PresetLibrary(
      String name, String artifacts, String probe, List<String> unneeded, Runnable initializer) {
    this.name = name;
    this.artifacts = artifacts;
    this.probe = probe;
    this.unneeded = unneeded;
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
      initializeWithoutLibraries(loader);
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

  // A class that is initialized already does not load its library again when another one needs it.
  private void initializeWithoutLibraries(ClassLoader loader) throws ClassNotFoundException {
    String before = System.getProperty(LOAD_LIBRARIES);
    System.setProperty(LOAD_LIBRARIES, "false");
    try {
      for (String className : unneeded) {
        Class.forName(className, true, loader);
      }
    } finally {
      if (before == null) {
        System.clearProperty(LOAD_LIBRARIES);
      } else {
        System.setProperty(LOAD_LIBRARIES, before);
      }
    }
  }
}
