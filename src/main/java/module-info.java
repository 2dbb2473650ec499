/**
 * Tuning-free video editing with masked attention fusion.
 *
 * <p>ffmpeg, used by {@code io.freemask.video} alone, and OpenCV, used by {@code
 * io.freemask.eval.metric} alone, stay on the class path, so that this module resolves without
 * them; these packages make the module read them at run time, so an embedder needs no flag for
 * that.
 */
@SuppressWarnings("requires-automatic") // j2html has a module name, but no descriptor
module io.freemask {
  requires static transitive org.jspecify;
  requires com.fasterxml.jackson.databind;
  requires com.fasterxml.jackson.dataformat.yaml;
  requires com.j2html;
  requires info.picocli;
  requires java.logging;
  requires me.tongfei.progressbar;

  exports io.freemask;
  exports io.freemask.backend;
  exports io.freemask.dataset;
  exports io.freemask.edit;
  exports io.freemask.eval.clip;
  exports io.freemask.eval.metric;
  exports io.freemask.eval;
  exports io.freemask.mask;
  exports io.freemask.mmc;
  exports io.freemask.model;
  exports io.freemask.prompt;
  exports io.freemask.report;
  exports io.freemask.scheduler;
  exports io.freemask.shapeworld;
  exports io.freemask.tensor;
  exports io.freemask.video;
  exports io.freemask.weights;

  uses io.freemask.backend.BackendProvider;

  provides io.freemask.backend.BackendProvider with
      io.freemask.backend.LibtorchBackendProvider;

  opens io.freemask.cli to
      info.picocli;
}
