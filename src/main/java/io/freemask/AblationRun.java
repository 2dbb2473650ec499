package io.freemask;

import io.freemask.edit.EditEngine;
import io.freemask.edit.EditListener;
import io.freemask.edit.EditPlan;
import io.freemask.edit.GivenMasks;
import io.freemask.edit.InvertedClip;
import io.freemask.edit.LayerGrid;
import io.freemask.edit.PresetInput;
import io.freemask.eval.AblationTable;
import io.freemask.eval.AblationWork;
import io.freemask.eval.EditCase;
import io.freemask.eval.Measures;
import io.freemask.eval.Measures.Measure;
import io.freemask.eval.ShapeWorldEdit;
import io.freemask.eval.Variant;
import io.freemask.eval.metric.FrameConsistency;
import io.freemask.eval.metric.Psnr;
import io.freemask.eval.metric.WarpError;
import io.freemask.mask.Mask;
import io.freemask.mask.MaskSchedule;
import io.freemask.mmc.Confusion;
import io.freemask.model.ModelDirectory;
import io.freemask.prompt.Prompt;
import io.freemask.report.FreeMaskVersion;
import io.freemask.report.html.AblationPictures;
import io.freemask.scheduler.DdimScheduler;
import io.freemask.shapeworld.RenderedScene;
import io.freemask.shapeworld.Scene;
import io.freemask.shapeworld.SceneRenderer;
import io.freemask.tensor.Tensor;
import io.freemask.video.Clip;
import io.freemask.video.FrameRate;
import io.freemask.video.FrameSize;
import io.freemask.video.MaskClip;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Edits every clip of a benchmark by every variant, inverting each clip once, and measures. */
final class AblationRun {

  /** The margin around both masks that does not count as outside, in pixels. */
  private static final int MARGIN = 8;

  private static final FrameRate RATE = FrameRate.of(8);

  /** Plain DDIM inversion, the same for all variants. */
  private static final int INVERSION_ITERATIONS = 1;

  /** What a run has of the editor whose turn it is. */
  interface Models {

    /** Returns the engine. */
    EditEngine engine();

    /** Returns the codec. */
    LatentCodec codec();

    /** Returns a prompt that fits the text encoder. */
    Prompt prompt(String name, String text);
  }

  private final AblationRequest request;
  private final ModelDirectory model;
  private final AblationWork work;
  private final RunClock clock;
  private final Models models;

  AblationRun(
      AblationRequest request,
      ModelDirectory model,
      AblationWork work,
      RunClock clock,
      Models models) {
    this.request = request;
    this.model = model;
    this.work = work;
    this.clock = clock;
    this.models = models;
  }

  /** Returns what measures depend on besides the edits' names. */
  static Map<String, String> identity(
      AblationRequest request, ModelDirectory model, EditorOptions options) {
    Map<String, String> identity = new LinkedHashMap<>();
    // Measures of another version may be of other rules.
    identity.put("version", FreeMaskVersion.get());
    identity.put("model", model.hash());
    identity.put("dtype", options.dtype().toString());
    identity.put("codebook", request.codebook().datasetHash());
    identity.put("steps", Integer.toString(request.steps()));
    identity.put("guidance", Double.toString(request.guidance()));
    return identity;
  }

  /** Returns the measures of all edits. */
  AblationTable run() {
    Map<EditCase, Map<Variant, Measures>> table = new LinkedHashMap<>();
    int total = request.edits().size();
    clock.report(Progress.Phase.ABLATION, 0, total);
    for (EditCase edit : request.edits()) {
      Optional<Map<Variant, Measures>> known = work.find(edit.name());
      if (known.isPresent()) {
        table.put(edit, known.get());
      } else {
        Map<Variant, Measures> measured = new Edit(edit).measured();
        work.add(edit.name(), measured);
        table.put(edit, measured);
      }
      clock.report(Progress.Phase.ABLATION, table.size(), total);
    }
    work.write();
    return new AblationTable(table);
  }

  /** Clips and masks of one edit. */
  private final class Edit {

    private final EditCase edit;
    private final RenderedScene source;
    private final RenderedScene ideal;
    private final Mask either;
    private final Mask near;

    Edit(EditCase edit) {
      this.edit = edit;
      source = rendered(edit.source());
      ideal = rendered(edit.ideal());
      either = source.object().union(ideal.object());
      near = either.grown(MARGIN);
    }

    private static RenderedScene rendered(Scene scene) {
      return SceneRenderer.render(scene, ShapeWorldEdit.FRAMES, ShapeWorldEdit.SIZE, RATE);
    }

    /** Edits by each variant; those that have the same plan are one. */
    Map<Variant, Measures> measured() {
      Map<Variant, Measures> measures = new EnumMap<>(Variant.class);
      Map<String, Measures> byPlan = new HashMap<>();
      AblationPictures pictures = new AblationPictures(edit, source.clip(), ideal.clip());
      LatentCodec codec = models.codec();
      String prompt = edit.source().caption();
      try (Tensor latents = codec.encode(source.clip());
          InvertedClip inverted =
              models
                  .engine()
                  .invert(
                      prompt,
                      edit.objects(),
                      latents,
                      request.steps(),
                      INVERSION_ITERATIONS,
                      listener())) {
        Clip reconstruction = codec.decode(latents, source.clip(), 0, ShapeWorldEdit.FRAMES);
        PresetInput input = input(inverted.grid());
        for (Variant variant : Variant.values()) {
          if (!variant.appliesTo(edit.kind())) {
            continue;
          }
          EditPlan plan = variant.plan(edit.kind().preset(), input, request.codebook());
          String key = variant.takesTruth() + plan.toJson();
          Measures known = byPlan.get(key);
          if (known == null) {
            known = measured(variant, plan, inverted, reconstruction, pictures);
            byPlan.put(key, known);
          }
          measures.put(variant, known);
        }
      }
      pictures.write(request.pictures().resolve(edit.name() + ".html"));
      return measures;
    }

    private Measures measured(
        Variant variant,
        EditPlan plan,
        InvertedClip inverted,
        Clip reconstruction,
        AblationPictures pictures) {
      GivenMasks given = variant.takesTruth() ? truth(inverted.grid()) : GivenMasks.NONE;
      try (EditEngine.Edited edited = models.engine().edit(plan, inverted, given, listener())) {
        Clip clip =
            models.codec().decode(edited.latents(), source.clip(), 0, ShapeWorldEdit.FRAMES);
        pictures.add(variant, clip);
        return measures(variant, clip, reconstruction, edited.masks().values());
      }
    }

    private Measures measures(
        Variant variant, Clip clip, Clip reconstruction, Iterable<MaskSchedule> masks) {
      Map<Measure, Double> values = new EnumMap<>(Measure.class);
      Clip wanted =
          variant.limitsStyle()
              ? composite(source.clip(), ideal.clip(), source.object())
              : ideal.clip();
      values.put(Measure.PSNR_IDEAL, Psnr.of(wanted, clip));
      Psnr.of(reconstruction, clip, near, false)
          .ifPresent(psnr -> values.put(Measure.PSNR_OUTSIDE, psnr));
      Mask where = edit.kind() == EditCase.Kind.STYLE ? null : either;
      double toIdeal = Psnr.of(wanted, clip, where, true).orElseThrow();
      double toSource = Psnr.of(source.clip(), clip, where, true).orElseThrow();
      values.put(Measure.SUCCESS, toIdeal > toSource ? 1.0 : 0.0);
      maskIou(masks).ifPresent(iou -> values.put(Measure.MASK_IOU, iou));
      WarpError.of(source.clip(), clip)
          .ifPresent(warp -> values.put(Measure.WARP_ERROR, warp.edited()));
      values.put(Measure.EXCESS_CHANGE, FrameConsistency.of(source.clip(), clip).excess());
      return new Measures(values);
    }

    /** Returns the mean over uses and steps of how well masks match the source's object. */
    private Optional<Double> maskIou(Iterable<MaskSchedule> masks) {
      double sum = 0;
      int count = 0;
      for (MaskSchedule schedule : masks) {
        int steps = schedule.isConstant() ? 1 : request.steps();
        for (int s = 0; s < steps; s++) {
          Mask mask = schedule.at(s);
          FrameSize size = ShapeWorldEdit.SIZE;
          sum +=
              Confusion.of(mask.resize(size.height(), size.width()), source.object()).objectIou()
                  / steps;
        }
        count++;
      }
      return count == 0 ? Optional.empty() : Optional.of(sum / count);
    }

    private GivenMasks truth(LayerGrid grid) {
      Mask mask = edit.kind() == EditCase.Kind.SHAPE ? either : source.object();
      MaskClip pixels = MaskClip.of(Outputs.clipOf(mask, ShapeWorldEdit.SIZE, RATE));
      return GivenMasks.of(MaskSchedule.constant(MaskFile.latent(pixels, grid, false)));
    }

    private PresetInput input(LayerGrid grid) {
      return new PresetInput(
          models.prompt("source", edit.source().caption()),
          models.prompt("target", edit.ideal().caption()),
          request.steps(),
          request.guidance(),
          INVERSION_ITERATIONS,
          edit.objects(),
          grid,
          PresetInput.timestepsOf(DdimScheduler.of(model.schedulerConfig(), request.steps())));
    }
  }

  private EditListener listener() {
    return new EditListener() {
      @Override
      public boolean isCancelled() {
        return clock.isCancelled();
      }
    };
  }

  /** Returns the second clip's pixels inside of a mask, and the first one's outside. */
  private static Clip composite(Clip outside, Clip inside, Mask mask) {
    List<byte[]> frames = new ArrayList<>();
    int width = outside.size().width();
    for (int f = 0; f < outside.frameCount(); f++) {
      byte[] frame = outside.frames().get(f).clone();
      byte[] other = inside.frames().get(f);
      for (int i = 0; i < frame.length; i++) {
        int pixel = i / 3;
        if (mask.at(f, pixel / width, pixel % width) > 0) {
          frame[i] = other[i];
        }
      }
      frames.add(frame);
    }
    return new Clip(outside.size(), outside.frameRate(), frames);
  }
}
