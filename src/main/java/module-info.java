/**
 * Tuning-free video editing with masked attention fusion.
 *
 * <p>JavaCV and ffmpeg are used by {@code io.freemask.video} and stay on the class path: JavaCV's
 * own module descriptor requires JavaFX and every preset. The video package makes this module read
 * the unnamed module by itself, so an embedder needs no flag for it.
 */
module io.freemask {
  requires static transitive org.jspecify;
  requires com.fasterxml.jackson.databind;
  requires com.fasterxml.jackson.dataformat.yaml;
  requires info.picocli;
  requires me.tongfei.progressbar;

  exports io.freemask;
  exports io.freemask.prompt;
  exports io.freemask.video;
}
