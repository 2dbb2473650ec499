package io.freemask.video;

import io.freemask.NativeLibraryException;
import io.freemask.internal.presets.PresetLibrary;
import java.util.List;

/** Makes ffmpeg usable before the first class that links to it is used. */
final class FfmpegRuntime {

  private static final PresetLibrary LIBRARY =
      new PresetLibrary(
          "ffmpeg",
          "org.bytedeco:ffmpeg and org.bytedeco:javacpp",
          "org.bytedeco.ffmpeg.global.avutil",
          List.of(),
          () -> FfmpegCalls.initialize());

  private FfmpegRuntime() {}

  /**
   * Loads ffmpeg, once.
   *
   * @throws NativeLibraryException if its classes or libraries are missing
   */
  static void require() {
    LIBRARY.require();
  }

  /** Returns the version of ffmpeg's codecs, such as "libavcodec 62.11.100". */
  static String version() {
    require();
    return FfmpegCalls.version();
  }
}
