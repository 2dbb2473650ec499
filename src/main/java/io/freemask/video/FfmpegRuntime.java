package io.freemask.video;

import io.freemask.NativeLibraryException;

/**
 * Makes ffmpeg usable before the first class that links to it is used.
 *
 * <p>JavaCPP's presets for ffmpeg are on the class path or are modules of their own; this module
 * requires neither, so that it resolves without them, and reads them from here on.
 */
final class FfmpegRuntime {

  private static final String PROBE = "org.bytedeco.ffmpeg.global.avutil";
  private static final String MEMORY_LIMIT = "org.bytedeco.javacpp.maxPhysicalBytes";

  private FfmpegRuntime() {}

  private static final class Holder {
    private static final Holder INSTANCE = new Holder();

    private Holder() {
      // JavaCPP refuses to allocate once the process exceeds four times the Java heap, whoever uses
      // the memory; model weights do.
      if (System.getProperty(MEMORY_LIMIT) == null) {
        System.setProperty(MEMORY_LIMIT, "0");
      }
      ClassLoader loader = FfmpegRuntime.class.getClassLoader();
      try {
        Class<?> presets = Class.forName(PROBE, false, loader);
        Module self = FfmpegRuntime.class.getModule();
        self.addReads(presets.getModule());
        self.addReads(Class.forName("org.bytedeco.javacpp.Loader", false, loader).getModule());
        Class.forName(PROBE, true, loader);
        FfmpegCalls.initialize();
      } catch (ClassNotFoundException e) {
        throw new NativeLibraryException(
            "ffmpeg's Java bindings are missing (class "
                + e.getMessage()
                + "): put org.bytedeco:ffmpeg and org.bytedeco:javacpp, both also with the"
                + " classifier of this platform, on the class path",
            e);
      } catch (LinkageError e) {
        throw new NativeLibraryException(
            "ffmpeg's native libraries cannot be loaded: "
                + e.getMessage()
                + "; put org.bytedeco:ffmpeg and org.bytedeco:javacpp with the classifier of this"
                + " platform on the class path",
            e);
      }
    }
  }

  /**
   * Loads ffmpeg, once.
   *
   * @throws NativeLibraryException if its classes or libraries are missing
   */
  static void require() {
    try {
      if (Holder.INSTANCE == null) {
        throw new IllegalStateException("ffmpeg is being loaded by this thread");
      }
    } catch (ExceptionInInitializerError e) {
      if (e.getCause() instanceof NativeLibraryException cause) {
        throw cause;
      }
      throw e;
    } catch (NoClassDefFoundError e) {
      throw new NativeLibraryException("ffmpeg could not be loaded earlier in this process", e);
    }
  }

  /** Returns the version of ffmpeg's codecs, such as "libavcodec 62.11.100". */
  static String version() {
    require();
    return FfmpegCalls.version();
  }
}
