package io.freemask.cli;

import io.freemask.eval.metric.FrameConsistency;
import io.freemask.eval.metric.Psnr;
import io.freemask.eval.metric.Ssim;
import io.freemask.eval.metric.WarpError;
import io.freemask.mask.Mask;
import io.freemask.mmc.Confusion;
import io.freemask.video.Clip;
import io.freemask.video.FrameSize;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * An edited clip beside what it is measured against; all of one size and number of frames.
 *
 * @param source the clip before the edit
 * @param edited the clip after it
 * @param ideal what the edit should have become
 * @param object where the object is in the source, 1 on it
 * @param idealObject where it is in the ideal edit
 * @param used the mask that the edit used
 * @param margin pixels around the objects that count neither as inside nor as outside
 */
record ClipEvaluation(
    Clip source,
    Clip edited,
    @Nullable Clip ideal,
    @Nullable Mask object,
    @Nullable Mask idealObject,
    @Nullable Mask used,
    int margin) {

  private static final String DB = "dB";
  private static final String LEVELS = "levels";
  private static final String NO_MASK = "needs --mask";

  /** A metric that looks at a region. */
  private interface RegionMetric {
    OptionalDouble of(Clip first, Clip second, @Nullable Mask mask, boolean inside);
  }

  /**
   * Measures everything that the clips at hand allow, and says of the rest what it needs.
   *
   * @param between called between two metrics; what it throws ends the evaluation
   */
  List<Figure> measure(Runnable between) {
    List<Figure> figures = new ArrayList<>();
    addRegions(figures, "psnr", "PSNR", DB, Psnr::of);
    between.run();
    addRegions(figures, "ssim", "SSIM", "", Ssim::of);
    between.run();
    addIdeal(figures);
    addOverlap(figures);
    between.run();
    addWarpError(figures);
    between.run();
    addConsistency(figures);
    return figures;
  }

  private void addRegions(
      List<Figure> figures, String key, String name, String unit, RegionMetric metric) {
    String title = name + " edited and source";
    figures.add(Figure.of(key, title, unit, metric.of(source, edited, null, true).orElseThrow()));
    addRegion(figures, key + "_inside", title + ", inside", unit, metric, object, true);
    Mask objects = object;
    if (objects != null) {
      objects = (idealObject == null ? objects : objects.union(idealObject)).grown(margin);
    }
    addRegion(figures, key + "_outside", title + ", outside", unit, metric, objects, false);
  }

  private void addRegion(
      List<Figure> figures,
      String key,
      String title,
      String unit,
      RegionMetric metric,
      @Nullable Mask mask,
      boolean inside) {
    if (mask == null) {
      figures.add(Figure.missing(key, title, unit, NO_MASK));
      return;
    }
    OptionalDouble value = metric.of(source, edited, mask, inside);
    figures.add(new Figure(key, title, unit, value, value.isPresent() ? "" : "no such pixel"));
  }

  private void addIdeal(List<Figure> figures) {
    String key = "psnr_ideal";
    String title = "PSNR edited and ideal";
    figures.add(
        ideal == null
            ? Figure.missing(key, title, DB, "needs --ideal")
            : Figure.of(key, title, DB, Psnr.of(ideal, edited)));
  }

  private void addOverlap(List<Figure> figures) {
    String miou = "mask used and object, MIoU";
    String iou = "mask used and object, object IoU";
    if (object == null || used == null) {
      String need =
          object != null
              ? "needs --mask-used"
              : used != null ? NO_MASK : NO_MASK + " and --mask-used";
      figures.add(Figure.missing("miou", miou, "", need));
      figures.add(Figure.missing("object_iou", iou, "", need));
      return;
    }
    Confusion confusion = Confusion.of(used, object);
    figures.add(Figure.of("miou", miou, "", confusion.miou()));
    figures.add(Figure.of("object_iou", iou, "", confusion.objectIou()));
  }

  private void addWarpError(List<Figure> figures) {
    FrameSize size = source.size();
    String needs = "";
    Optional<WarpError> error = Optional.empty();
    if (source.frameCount() < 2) {
      needs = "needs at least 2 frames";
    } else if (Math.min(size.width(), size.height()) < WarpError.MIN_SIDE) {
      needs = "needs frames of at least " + WarpError.MIN_SIDE + "x" + WarpError.MIN_SIDE;
    } else {
      error = WarpError.of(source, edited);
      needs = error.isPresent() ? "" : "the source's flow can be followed nowhere";
    }
    figures.add(
        new Figure("warp_error", "warp error", LEVELS, number(error, WarpError::edited), needs));
    figures.add(
        new Figure(
            "warp_error_source",
            "warp error of the source",
            LEVELS,
            number(error, WarpError::source),
            needs));
    figures.add(
        new Figure(
            "warp_counted",
            "pixels counted by the warp error",
            "",
            number(error, WarpError::counted),
            needs));
  }

  private static OptionalDouble number(
      Optional<WarpError> error, ToDoubleFunction<WarpError> figure) {
    return error.stream().mapToDouble(figure).findFirst();
  }

  private void addConsistency(List<Figure> figures) {
    String title = "change between frames";
    String titleSource = "change between frames of the source";
    if (source.frameCount() < 2) {
      String needs = "needs at least 2 frames";
      figures.add(Figure.missing("frame_change", title, LEVELS, needs));
      figures.add(Figure.missing("frame_change_source", titleSource, LEVELS, needs));
      return;
    }
    FrameConsistency change = FrameConsistency.of(source, edited);
    figures.add(Figure.of("frame_change", title, LEVELS, change.edited()));
    figures.add(Figure.of("frame_change_source", titleSource, LEVELS, change.source()));
  }
}
