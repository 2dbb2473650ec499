package io.freemask;

import io.freemask.dataset.Dataset;
import io.freemask.dataset.LabeledClip;
import io.freemask.edit.EditEngine;
import io.freemask.edit.EditListener;
import io.freemask.edit.LayerGrid;
import io.freemask.edit.PresetInput;
import io.freemask.edit.WordMapTrace;
import io.freemask.mask.Mask;
import io.freemask.mmc.CalibrationWork;
import io.freemask.mmc.Codebook;
import io.freemask.mmc.Measurement;
import io.freemask.model.ModelDirectory;
import io.freemask.prompt.Prompt;
import io.freemask.scheduler.DdimScheduler;
import io.freemask.tensor.Tensor;
import io.freemask.video.Clip;
import io.freemask.video.FrameSize;
import io.freemask.video.MaskClip;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Measures the clips of a calibration one after another and makes the codebook. */
final class CalibrationRun {

  /** What a run has of the editor whose turn it is. */
  interface Models {

    /** Returns the UNet's layers on latents of clips of a size. */
    LayerGrid grid(int frames, FrameSize size);

    /** Returns a prompt that fits the text encoder. */
    Prompt prompt(String name, String text);

    /** Returns the engine and the codec, loading the models if that was not done yet. */
    Loaded loaded(LayerGrid grid);
  }

  /** The models in memory. */
  record Loaded(EditEngine engine, LatentCodec codec) {}

  private final CalibrationRequest request;
  private final ModelDirectory model;
  private final CalibrationWork work;
  private final RunClock clock;
  private final Models models;
  private final Set<String> notices = new LinkedHashSet<>();
  private @Nullable LayerGrid first;

  CalibrationRun(
      CalibrationRequest request,
      ModelDirectory model,
      CalibrationWork work,
      RunClock clock,
      Models models) {
    this.request = request;
    this.model = model;
    this.work = work;
    this.clock = clock;
    this.models = models;
  }

  /** Returns what the measurements of a request depend on besides the clips. */
  static Map<String, String> identity(
      CalibrationRequest request, ModelDirectory model, EditorOptions options) {
    Map<String, String> identity = new LinkedHashMap<>();
    identity.put("model", model.hash());
    identity.put("dtype", options.dtype().toString());
    identity.put("dataset", request.dataset().spec());
    identity.put("steps", Integer.toString(request.steps()));
    identity.put("thresholds", request.thresholds().toString());
    identity.put("pool", Boolean.toString(request.pool()));
    FrameSize size = request.size();
    identity.put("size", size == null ? "the clips' own" : size.toString());
    return identity;
  }

  /** Returns the codebook. */
  Codebook run() {
    Dataset dataset = request.dataset();
    List<Measurement> measurements = new ArrayList<>();
    int total = dataset.size() * request.steps();
    clock.report(Progress.Phase.CALIBRATION, 0, total);
    for (int i = 0; i < dataset.size(); i++) {
      LabeledClip clip = atWorkingSize(dataset.load(i));
      String hash = clip.hash();
      LayerGrid grid = grid(clip);
      int done = i * request.steps();
      measurements.add(
          work.find(clip.name(), hash).orElseGet(() -> measured(clip, hash, grid, done, total)));
      clock.report(Progress.Phase.CALIBRATION, done + request.steps(), total);
    }
    return codebook(measurements);
  }

  /** Returns what was changed for the user. */
  Set<String> notices() {
    return notices;
  }

  /** Returns the first clip's grid, once the run is done. */
  LayerGrid grid() {
    if (first == null) {
      throw new IllegalStateException("a dataset has clips");
    }
    return first;
  }

  private Measurement measured(LabeledClip clip, String hash, LayerGrid grid, int done, int total) {
    String what = "clip '" + clip.name() + "'";
    Prompt prompt = models.prompt(what, clip.prompt());
    requireWords(what, clip, prompt);
    Loaded loaded = models.loaded(grid);
    EditListener listener =
        new EditListener() {
          @Override
          public void onProgress(Phase phase, int step, int steps) {
            if (step > 0 && step < steps) {
              clock.report(Progress.Phase.CALIBRATION, done + step, total);
            }
          }

          @Override
          public boolean isCancelled() {
            return clock.isCancelled();
          }
        };
    WordMapTrace trace;
    try (Tensor latents = loaded.codec().encode(clip.clip())) {
      trace = loaded.engine().trace(prompt, clip.objects(), latents, request.steps(), listener);
    }
    Measurement measurement =
        Measurement.of(clip.name(), hash, trace, clip.mask(), request.thresholds(), request.pool());
    work.add(measurement);
    return measurement;
  }

  private static void requireWords(String what, LabeledClip clip, Prompt prompt) {
    try {
      clip.objects().forEach(words -> words.forEach(prompt::tokens));
    } catch (InvalidInputException e) {
      throw new InvalidInputException(what + ": " + e.getMessage(), e);
    }
  }

  private LabeledClip atWorkingSize(LabeledClip clip) {
    List<String> changed = new ArrayList<>();
    FrameSize size =
        WorkingClip.workingSize(
            clip.clip().size(), request.size(), model.vaeConfig().factor(), false, changed);
    notices.addAll(changed);
    if (size.equals(clip.clip().size())) {
      return clip;
    }
    Clip masks = Outputs.clipOf(clip.mask(), clip.clip().size(), clip.clip().frameRate());
    MaskClip resized = MaskClip.of(WorkingClip.resize(masks, size));
    float[] values = resized.values();
    for (int i = 0; i < values.length; i++) {
      values[i] = values[i] > 0.5f ? 1 : 0;
    }
    return new LabeledClip(
        clip.name(),
        WorkingClip.resize(clip.clip(), size),
        clip.prompt(),
        clip.objects(),
        Mask.of(resized.frames(), size.height(), size.width(), values));
  }

  /** Returns the layers of a clip, whose maps have to be of the first clip's sizes. */
  private LayerGrid grid(LabeledClip clip) {
    FrameSize size = clip.clip().size();
    LayerGrid grid = models.grid(clip.clip().frameCount(), size);
    LayerGrid reference = first == null ? grid : first;
    first = reference;
    if (grid.height() != reference.height() || grid.width() != reference.width()) {
      int factor = model.vaeConfig().factor();
      throw new InvalidInputException(
          "clip '"
              + clip.name()
              + "' is worked on at "
              + size
              + ", expected "
              + new FrameSize(reference.width() * factor, reference.height() * factor)
              + " as the first clip: name one size for all clips (--size)");
    }
    return grid;
  }

  private Codebook codebook(List<Measurement> measurements) {
    DdimScheduler scheduler = DdimScheduler.of(model.schedulerConfig(), request.steps());
    return Codebook.of(
        model,
        grid(),
        PresetInput.timestepsOf(scheduler),
        request.dataset().spec(),
        measurements,
        request.pool(),
        request.form(),
        request.threshold(),
        request.thresholds());
  }
}
