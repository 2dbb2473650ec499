package io.freemask.eval.metric;

import io.freemask.NativeLibraryException;
import io.freemask.internal.presets.PresetLibrary;
import java.util.List;

/** Makes OpenCV usable before the first class that links to it is used. */
final class OpencvRuntime {

  private static final PresetLibrary LIBRARY =
      new PresetLibrary(
          "OpenCV",
          "org.bytedeco:opencv, org.bytedeco:openblas and org.bytedeco:javacpp",
          "org.bytedeco.opencv.global.opencv_video",
          // Windows on a screen need GTK 2, which a server lacks.
          List.of("org.bytedeco.opencv.global.opencv_highgui"),
          () -> DisFlow.initialize());

  private OpencvRuntime() {}

  /**
   * Loads OpenCV, once.
   *
   * @throws NativeLibraryException if its classes or libraries are missing
   */
  static void require() {
    LIBRARY.require();
  }
}
