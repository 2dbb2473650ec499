package io.freemask;

import io.freemask.backend.LibtorchBackendProvider;
import io.freemask.dataset.LabeledClip;
import io.freemask.edit.AttentionLayout;
import io.freemask.edit.EditCheckpoint;
import io.freemask.edit.EditEngine;
import io.freemask.edit.EditListener;
import io.freemask.edit.EditPlan;
import io.freemask.edit.GivenMasks;
import io.freemask.edit.LayerGrid;
import io.freemask.edit.MaskRule;
import io.freemask.edit.MaskUse;
import io.freemask.edit.PresetInput;
import io.freemask.edit.SourceCacheLimit;
import io.freemask.edit.SourceCacheUse;
import io.freemask.edit.WordMapTrace;
import io.freemask.eval.AblationWork;
import io.freemask.eval.ShapeWorldEdit;
import io.freemask.eval.metric.Psnr;
import io.freemask.mask.Mask;
import io.freemask.mask.MaskSchedule;
import io.freemask.mmc.CalibrationWork;
import io.freemask.mmc.Codebook;
import io.freemask.mmc.MatchingCost;
import io.freemask.mmc.Measurement;
import io.freemask.model.AttentionLayer;
import io.freemask.model.ModelDirectory;
import io.freemask.model.SourceCache;
import io.freemask.prompt.ClipTokenizer;
import io.freemask.prompt.Prompt;
import io.freemask.report.RunRecord;
import io.freemask.report.SideBySide;
import io.freemask.report.html.EditReport;
import io.freemask.report.html.InspectReport;
import io.freemask.scheduler.DdimScheduler;
import io.freemask.scheduler.SchedulerConfig;
import io.freemask.tensor.AttentionPath;
import io.freemask.tensor.DType;
import io.freemask.tensor.Device;
import io.freemask.tensor.Shape;
import io.freemask.tensor.Tensor;
import io.freemask.tensor.TensorScope;
import io.freemask.video.Clip;
import io.freemask.video.FrameSize;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Edits and generates clips with one model on one device.
 *
 * <p>May be shared between threads: runs take turns, each on the thread that asked for it.
 * Listeners are called on that thread, and must not call the editor. Models are loaded by the first
 * run and kept until {@link #close}, which waits for the run that is under way.
 *
 * <pre>{@code
 * try (VideoEditor editor = VideoEditor.openBuiltIn()) {
 *   EditResult result = editor.edit(EditRequest.builder()
 *       .input(Path.of("car.mp4")).output(Path.of("bus.mp4"))
 *       .source("a red car moving right").target("a blue bus moving right")
 *       .words("car=bus").preset(Preset.SHAPE).build());
 * }
 * }</pre>
 */
public final class VideoEditor implements AutoCloseable {

  private static final long TURN_MILLIS = 50;

  private final ModelDirectory model;
  private final EditorOptions options;
  private final ClipTokenizer tokenizer;
  private final List<AttentionLayer> layers;
  private final ReentrantLock turn = new ReentrantLock(true);
  private volatile @Nullable LoadedModels loaded;
  private volatile boolean closed;
  private volatile @Nullable Codebook codebook;

  private VideoEditor(ModelDirectory model, EditorOptions options) {
    this.model = model;
    this.options = options;
    this.tokenizer =
        ClipTokenizer.open(
            model.tokenizerDirectory(), model.textEncoderConfig().maxPositionEmbeddings());
    this.layers = AttentionLayout.of(model.unetConfig());
  }

  /**
   * Opens a model directory on the CPU in f32.
   *
   * @throws InvalidInputException if the directory is no complete model
   */
  public static VideoEditor open(Path modelDirectory) {
    return builder().model(modelDirectory).build();
  }

  /** Opens the model that this library carries, on the CPU in f32. */
  public static VideoEditor openBuiltIn() {
    return builder().build();
  }

  /** Returns a builder for the built-in model on the CPU in f32. */
  public static Builder builder() {
    return new Builder();
  }

  /** Collects what an editor runs with. */
  public static final class Builder {

    private @Nullable Path model;
    private String backend = LibtorchBackendProvider.NAME;
    private Device device = Device.CPU;
    private DType dtype = DType.F32;
    private int threads;
    private long memoryLimitBytes;
    private AttentionPath attention = AttentionPath.AUTO;

    private Builder() {}

    /** The model directory; null (default) for the built-in model. */
    public Builder model(@Nullable Path value) {
      model = value;
      return this;
    }

    /** What computes the models, by name; default libtorch. */
    public Builder backend(String value) {
      backend = value;
      return this;
    }

    /** Where it computes; default the CPU. */
    public Builder device(Device value) {
      device = value;
      return this;
    }

    /** Of the models: F32 (default), F16 or BF16. Latents and the scheduler are always F32. */
    public Builder dtype(DType value) {
      dtype = value;
      return this;
    }

    /** How attention is computed; default {@link AttentionPath#AUTO}. */
    public Builder attention(AttentionPath value) {
      attention = value;
      return this;
    }

    /** CPU threads of one operation; default 0, libtorch's own choice. */
    public Builder threads(int value) {
      threads = value;
      return this;
    }

    /** Most bytes of tensors at a time on the CPU, in the whole process; default 0, no limit. */
    public Builder memoryLimitBytes(long value) {
      memoryLimitBytes = value;
      return this;
    }

    /** Takes everything that a run record says; its hash is not compared. */
    public Builder settings(EditorSettings value) {
      return model(value.model())
          .backend(value.backend())
          .device(value.device())
          .dtype(value.dtype())
          .threads(value.threads())
          .memoryLimitBytes(value.memoryLimitBytes())
          .attention(value.attention());
    }

    /**
     * Opens the model directory; loads no weights.
     *
     * @throws InvalidInputException if the directory is no complete model or an option is wrong
     */
    public VideoEditor build() {
      EditorOptions options =
          new EditorOptions(model, backend, device, dtype, threads, memoryLimitBytes, attention);
      return new VideoEditor(
          model == null ? ModelDirectory.builtIn() : ModelDirectory.open(model), options);
    }
  }

  /** Returns the model. */
  public ModelDirectory model() {
    return model;
  }

  /**
   * Returns the model's own codebook, if it has one.
   *
   * @throws InvalidInputException if it is broken, or another model's
   */
  public Optional<Codebook> codebook() {
    Codebook known = codebook;
    if (known == null) {
      Optional<Path> file = model.codebook();
      if (file.isEmpty()) {
        return Optional.empty();
      }
      known = Codebook.read(file.get(), model);
      codebook = known;
    }
    return Optional.of(known);
  }

  /** Returns what this editor runs with; reads the model's files for their hash. */
  public EditorSettings settings() {
    return new EditorSettings(
        options.model(),
        model.name(),
        model.hash(),
        options.backend(),
        options.device(),
        options.dtype(),
        options.threads(),
        options.memoryLimitBytes(),
        options.attention());
  }

  /**
   * Edits without a listener, see {@link #edit(EditRequest, ProgressListener, CancellationToken)}.
   */
  public EditResult edit(EditRequest request) {
    return edit(request, ProgressListener.NONE, new CancellationToken());
  }

  /**
   * Edits a clip.
   *
   * @throws InvalidInputException if the request does not fit the clip or the model
   * @throws OutOfMemoryException if the run would not fit, or did not
   * @throws CancelledException if the token was cancelled
   * @throws IllegalStateException if this editor is closed, or called by its own listener
   */
  public EditResult edit(EditRequest request, ProgressListener listener, CancellationToken token) {
    Path file = request.checkpoint();
    EditCheckpoint checkpoint = file == null ? null : EditCheckpoint.at(file, request.overwrite());
    takeTurn(token);
    try {
      return runEdit(request, checkpoint, new RunClock(listener, token));
    } catch (CancelledException e) {
      throw checkpoint == null ? e : checkpoint.explain(e);
    } finally {
      turn.unlock();
    }
  }

  /** Generates without a listener. */
  public GenerateResult generate(GenerateRequest request) {
    return generate(request, ProgressListener.NONE, new CancellationToken());
  }

  /**
   * Generates a clip from a prompt.
   *
   * @throws InvalidInputException if the request does not fit the model
   * @throws OutOfMemoryException if the run would not fit, or did not
   * @throws CancelledException if the token was cancelled
   * @throws IllegalStateException if this editor is closed, or called by its own listener
   */
  public GenerateResult generate(
      GenerateRequest request, ProgressListener listener, CancellationToken token) {
    takeTurn(token);
    try {
      return runGenerate(request, new RunClock(listener, token));
    } finally {
      turn.unlock();
    }
  }

  /** Calibrates without a listener. */
  public CalibrationResult calibrate(CalibrationRequest request) {
    return calibrate(request, ProgressListener.NONE, new CancellationToken());
  }

  /**
   * Measures how well the masks of each cross layer and timestep match the ground truth of a
   * dataset. What is measured is kept in a work file beside the output, from which the same
   * calibration goes on after it was ended early, by an error or otherwise.
   *
   * @throws InvalidInputException if the request does not fit the model, a clip cannot be used, or
   *     the work file is another calibration's
   * @throws OutOfMemoryException if the run would not fit, or did not
   * @throws CancelledException if the token was cancelled
   * @throws IllegalStateException if this editor is closed, or called by its own listener
   */
  public CalibrationResult calibrate(
      CalibrationRequest request, ProgressListener listener, CancellationToken token) {
    takeTurn(token);
    try {
      return runCalibration(request, new RunClock(listener, token), token);
    } finally {
      turn.unlock();
    }
  }

  /**
   * Edits every clip of a benchmark by every variant of the method, and measures. What is measured
   * is kept in the output, from which the same ablation goes on after it was ended early.
   *
   * @throws InvalidInputException if the request does not fit the model, or the output is another
   *     ablation's
   * @throws OutOfMemoryException if the run would not fit, or did not
   * @throws CancelledException if the token was cancelled
   * @throws IllegalStateException if this editor is closed, or called by its own listener
   */
  public AblationResult ablate(
      AblationRequest request, ProgressListener listener, CancellationToken token) {
    takeTurn(token);
    try {
      return runAblation(request, new RunClock(listener, token), token);
    } finally {
      turn.unlock();
    }
  }

  /** Inspects without a listener. */
  public InspectResult inspect(InspectRequest request) {
    return inspect(request, ProgressListener.NONE, new CancellationToken());
  }

  /**
   * Inverts a clip, and shows what an edit's masks would be chosen from and what would be chosen.
   *
   * @throws InvalidInputException if the request does not fit the clip or the model
   * @throws OutOfMemoryException if the run would not fit, or did not
   * @throws CancelledException if the token was cancelled
   * @throws IllegalStateException if this editor is closed, or called by its own listener
   */
  public InspectResult inspect(
      InspectRequest request, ProgressListener listener, CancellationToken token) {
    takeTurn(token);
    try {
      return runInspection(request, new RunClock(listener, token));
    } finally {
      turn.unlock();
    }
  }

  /**
   * Finds out what a request would do, and all that is wrong with it, without loading weights or
   * the native library. Decodes the input only where it does not say how many frames it has.
   *
   * @throws InvalidInputException if the request does not fit the clip or the model
   * @throws IllegalStateException if this editor is closed
   */
  public EditPreview plan(EditRequest request) {
    requireOpen();
    List<String> notices = new ArrayList<>();
    FrameSize inputSize = WorkingClip.inputSize(request, notices);
    FrameSize size = workingSize(inputSize, request.size(), request.strictSize(), notices);
    LayerGrid grid = grid(WorkingClip.frameCount(request), size);
    GivenMasks given = MaskFile.read(request, size, grid);
    EditPlan plan = checkedPlan(request, grid, given, notices);
    requireMaskToWrite(request, plan);
    Path checkpoint = request.checkpoint();
    if (checkpoint != null && Files.exists(checkpoint)) {
      notices.add(
          "there is a checkpoint, '"
              + checkpoint
              + "': the edit goes on from it"
              + (request.overwrite() ? ", or replaces it if it is of another edit" : ""));
    }
    Map<Integer, LayerGrid.Size> levels = new TreeMap<>();
    layers.forEach(layer -> levels.put(layer.level(), grid.sizeOf(layer)));
    SourceCacheUse sourceUse = sourceUse(request, plan, grid, given);
    MemoryEstimate estimate = estimate(request, grid, sourceUse);
    return new EditPreview(
        plan,
        inputSize,
        size,
        grid.frames(),
        new LayerGrid.Size(grid.height(), grid.width()),
        levels,
        sourceUse,
        estimate,
        refusal(request, estimate, sourceUse),
        notices);
  }

  private void requireMemory(EditRequest request, MemoryEstimate estimate, SourceCacheUse use) {
    OptionalLong available = HostMemory.available();
    MemoryGuard.require(estimate, options, loaded != null, available);
    SourceCacheLimit limit = request.sourceCache();
    if (options.device().kind() != Device.Kind.CPU
        && limit != null
        && limit.place() instanceof SourceCache.HostMemory) {
      MemoryGuard.requireHost(use.bytes(), available);
    }
  }

  private Optional<String> refusal(
      EditRequest request, MemoryEstimate estimate, SourceCacheUse use) {
    try {
      requireMemory(request, estimate, use);
      return Optional.empty();
    } catch (OutOfMemoryException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  /**
   * Frees the models after the run that is under way, if there is one; closing twice does nothing.
   */
  @Override
  public void close() {
    if (turn.isHeldByCurrentThread()) {
      throw new IllegalStateException("the editor was closed by a listener of its own run");
    }
    turn.lock();
    try {
      closed = true;
      LoadedModels models = loaded;
      loaded = null;
      if (models != null) {
        models.close();
      }
    } finally {
      turn.unlock();
    }
  }

  private void takeTurn(CancellationToken token) {
    if (turn.isHeldByCurrentThread()) {
      throw new IllegalStateException("the editor was called by a listener of its own run");
    }
    boolean mine = false;
    try {
      while (!mine) {
        token.throwIfCancelled();
        mine = turn.tryLock(TURN_MILLIS, TimeUnit.MILLISECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancelledException("interrupted while waiting for another run", e);
    }
    try {
      requireOpen();
    } catch (IllegalStateException e) {
      turn.unlock();
      throw e;
    }
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the editor is closed");
    }
  }

  private LoadedModels models(RunClock clock) {
    LoadedModels models = loaded;
    if (models == null) {
      models = LoadedModels.load(model, options, clock);
      loaded = models;
    }
    return models;
  }

  private EditResult runEdit(
      EditRequest request, @Nullable EditCheckpoint checkpoint, RunClock clock) {
    OutputPaths paths = new OutputPaths(request.overwrite());
    paths.protect(request.input());
    paths.checkClip("output", request.output());
    paths.checkClip("side by side output", request.sideBySide());
    paths.checkClip("mask output", request.masksOut());
    paths.check("run record", request.recordOut());
    paths.checkPage("report", request.reportOut());
    paths.checkPlace("checkpoint", request.checkpoint());

    clock.report(Progress.Phase.READING, 0, 1);
    List<String> notices = new ArrayList<>();
    FrameSize inputSize = WorkingClip.inputSize(request, notices);
    FrameSize size = workingSize(inputSize, request.size(), request.strictSize(), notices);
    Clip input = WorkingClip.read(request, clock::isCancelled);
    Clip source = WorkingClip.resize(input, size);
    LayerGrid grid = grid(source.frameCount(), size);
    GivenMasks given = MaskFile.read(request, size, grid);
    EditPlan plan = checkedPlan(request, grid, given, notices);
    requireMaskToWrite(request, plan);
    clock.report(Progress.Phase.READING, 1, 1);

    SourceCacheUse expectedUse = sourceUse(request, plan, grid, given);
    MemoryEstimate estimate = estimate(request, grid, expectedUse);
    requireMemory(request, estimate, expectedUse);
    LoadedModels models = models(clock);
    models.context().resetPeak();
    LatentCodec codec = new LatentCodec(models.context(), models.vae(), clock);
    EditEngine engine = models.engine(model, tokenizer, request.truncate());
    if (checkpoint != null) {
      checkpoint.identify("model", model.hash());
      checkpoint.identify("dtype", options.dtype().toString());
    }

    Clip clip;
    Clip reconstruction;
    Map<MaskUse, MaskSchedule> masks;
    SourceCacheUse sourceUse;
    try (TensorScope scope = TensorScope.open()) {
      Tensor latents = scope.add(codec.encode(source));
      try (EditEngine.Result result =
          engine.run(plan, latents, given, listener(clock), checkpoint, request.sourceCache())) {
        int frames = source.frameCount();
        clip = codec.decode(result.result(), source, 0, 2 * frames);
        reconstruction = codec.decode(latents, source, frames, 2 * frames);
        masks = result.masks();
        sourceUse = result.source();
      }
    }
    Mask mask = objectMask(masks, request.steps());

    Outputs outputs = new Outputs(request.overwrite(), clock);
    outputs.add(request.output(), clip);
    outputs.add(request.sideBySide(), SideBySide.of(source, clip));
    if (mask != null) {
      outputs.add(request.masksOut(), Outputs.clipOf(mask, size, source.frameRate()));
    }
    List<Path> written = new ArrayList<>(outputs.write());
    Path record = request.recordOut();
    Path report = request.reportOut();
    if (report != null) {
      written.add(report);
    }
    if (record != null) {
      written.add(record);
    }
    EditResult result =
        new EditResult(
            clip,
            source,
            mask,
            masks,
            written,
            plan,
            figures(source, reconstruction, clip, mask),
            sourceUse,
            statistics(models, clock, estimate),
            notices);
    if (report != null) {
      EditReport.of(settings(), request, result).write(report);
    }
    if (record != null) {
      RunRecord.of(settings(), request, result).write(record);
    }
    if (checkpoint != null) {
      checkpoint.delete();
    }
    return result;
  }

  private InspectResult runInspection(InspectRequest request, RunClock clock) {
    EditRequest edit = request.edit();
    Path report = request.report();
    OutputPaths paths = new OutputPaths(edit.overwrite());
    paths.checkPage("report", report);

    clock.report(Progress.Phase.READING, 0, 1);
    List<String> notices = new ArrayList<>();
    FrameSize inputSize = WorkingClip.inputSize(edit, notices);
    FrameSize size = workingSize(inputSize, edit.size(), edit.strictSize(), notices);
    Clip source = WorkingClip.resize(WorkingClip.read(edit, clock::isCancelled), size);
    LayerGrid grid = grid(source.frameCount(), size);
    GivenMasks given = MaskFile.read(edit, size, grid);
    List<List<String>> objects = edit.words().stream().map(WordPair::source).toList();
    Path file = request.truth();
    LabeledClip labeled = null;
    if (file != null) {
      Mask truth = MaskFile.readTruth(file, edit.frames(), size, grid.frames());
      labeled = new LabeledClip(file.toString(), source, edit.source(), objects, truth);
    }
    EditPlan plan = checkedPlan(edit, grid, given, notices);
    clock.report(Progress.Phase.READING, 1, 1);

    MemoryEstimate estimate = estimate(grid, 1, request.edit().steps() + 1);
    MemoryGuard.require(estimate, options, loaded != null, HostMemory.available());
    LoadedModels models = models(clock);
    models.context().resetPeak();
    LatentCodec codec = new LatentCodec(models.context(), models.vae(), clock);
    EditEngine engine = models.engine(model, tokenizer, edit.truncate());
    EditEngine.Inspection inspection;
    try (Tensor latents = codec.encode(source)) {
      inspection = engine.inspect(plan, objects, latents, given, listener(clock));
    }
    Codebook clipCosts = labeled == null ? null : clipCosts(labeled, plan, inspection.trace());

    InspectResult result =
        new InspectResult(
            source,
            plan,
            inspection.trace(),
            inspection.masks(),
            labeled == null ? null : labeled.mask(),
            shownCodebook(edit),
            clipCosts,
            report == null ? List.of() : List.of(report),
            statistics(models, clock, estimate),
            notices);
    if (report != null) {
      InspectReport.of(settings(), request, result).write(report);
    }
    return result;
  }

  /** Returns the codebook to show: the model's own also where the preset does not go by it. */
  private @Nullable Codebook shownCodebook(EditRequest edit) {
    return edit.masks().codebook() instanceof CodebookSource.OfModel
        ? codebook().orElse(null)
        : codebook(edit);
  }

  /** Measures one clip, at the threshold and with the pooling that its masks are made with. */
  private Codebook clipCosts(LabeledClip clip, EditPlan plan, WordMapTrace trace) {
    MaskRule rule = plan.masks().values().stream().findFirst().orElse(null);
    double threshold = rule == null ? MaskRule.DEFAULT_THRESHOLD : rule.threshold();
    boolean pool = rule != null && rule.pool();
    List<Double> thresholds = List.of(threshold);
    Measurement measurement =
        Measurement.of(clip.name(), clip.hash(), trace, clip.mask(), thresholds, pool);
    return Codebook.of(
        model,
        trace.grid(),
        trace.timesteps(),
        clip.name(),
        List.of(measurement),
        pool,
        MatchingCost.ONE_MINUS_MIOU,
        threshold,
        thresholds);
  }

  private GenerateResult runGenerate(GenerateRequest request, RunClock clock) {
    OutputPaths paths = new OutputPaths(request.overwrite());
    paths.checkClip("output", request.output());
    paths.check("run record", request.recordOut());
    int factor = model.vaeConfig().factor();
    List<String> notices = new ArrayList<>();
    FrameSize size = generatedSize(request, factor, notices);
    LayerGrid grid = grid(request.frames(), size);
    MemoryEstimate estimate = estimate(grid, 2, 2);
    MemoryGuard.require(estimate, options, loaded != null, HostMemory.available());
    LoadedModels models = models(clock);
    models.context().resetPeak();
    LatentCodec codec = new LatentCodec(models.context(), models.vae(), clock);
    EditEngine engine = models.engine(model, tokenizer, request.truncate());

    Clip like = blank(size, request);
    Clip clip;
    try (Tensor noise = noise(models, grid, request.seed());
        Tensor latents =
            engine.generate(
                request.prompt(), noise, request.steps(), request.guidance(), listener(clock))) {
      clip = codec.decode(latents, like, 0, request.frames());
    }

    Outputs outputs = new Outputs(request.overwrite(), clock);
    outputs.add(request.output(), clip);
    List<Path> written = new ArrayList<>(outputs.write());
    Path record = request.recordOut();
    if (record != null) {
      written.add(record);
    }
    GenerateResult result =
        new GenerateResult(clip, written, statistics(models, clock, estimate), notices);
    if (record != null) {
      RunRecord.of(settings(), request, result).write(record);
    }
    return result;
  }

  private AblationResult runAblation(
      AblationRequest request, RunClock clock, CancellationToken token) {
    requireSteps(request.steps());
    AblationWork work =
        AblationWork.open(
            request.output(), request.parts(), AblationRun.identity(request, model, options));
    LayerGrid grid = grid(ShapeWorldEdit.FRAMES, ShapeWorldEdit.SIZE);
    MemoryEstimate estimate = estimate(grid, 3, 2 * (request.steps() + 1));
    MemoryGuard.require(estimate, options, loaded != null, HostMemory.available());
    // One progress for all: that of loading, encoding and decoding would be in its way.
    RunClock silent = new RunClock(ProgressListener.NONE, token);
    LoadedModels models = models(silent);
    EditEngine engine = models.engine(model, tokenizer, false);
    LatentCodec codec = new LatentCodec(models.context(), models.vae(), silent);
    AblationRun run =
        new AblationRun(
            request,
            model,
            work,
            clock,
            new AblationRun.Models() {
              @Override
              public EditEngine engine() {
                return engine;
              }

              @Override
              public LatentCodec codec() {
                return codec;
              }

              @Override
              public Prompt prompt(String name, String text) {
                return VideoEditor.this.prompt(name, text, false);
              }
            });
    return new AblationResult(
        run.run(), List.of(request.output()), statistics(models, clock, estimate));
  }

  private CalibrationResult runCalibration(
      CalibrationRequest request, RunClock clock, CancellationToken token) {
    OutputPaths paths = new OutputPaths(request.overwrite());
    Path output = request.output();
    paths.check("codebook", output);
    requireSteps(request.steps());
    CalibrationWork work =
        CalibrationWork.open(
            output == null ? null : CalibrationWork.beside(output),
            CalibrationRun.identity(request, model, options));
    int resumed = work.size();
    CalibrationRun run =
        new CalibrationRun(
            request,
            model,
            work,
            clock,
            new CalibrationRun.Models() {
              @Override
              public LayerGrid grid(int frames, FrameSize size) {
                return VideoEditor.this.grid(frames, size);
              }

              @Override
              public Prompt prompt(String name, String text) {
                return VideoEditor.this.prompt(name, text, false);
              }

              @Override
              public CalibrationRun.Loaded loaded(LayerGrid grid) {
                // One progress for all: that of loading and encoding would be in its way.
                RunClock silent = new RunClock(ProgressListener.NONE, token);
                MemoryEstimate estimate = estimate(grid, 1, request.steps() + 1);
                MemoryGuard.require(estimate, options, loaded != null, HostMemory.available());
                LoadedModels models = models(silent);
                return new CalibrationRun.Loaded(
                    models.engine(model, tokenizer, false),
                    new LatentCodec(models.context(), models.vae(), silent));
              }
            });
    Codebook codebook = run.run();
    if (output != null) {
      codebook.write(output);
      work.delete();
    }
    return new CalibrationResult(
        codebook,
        resumed,
        output == null ? List.of() : List.of(output),
        statistics(loaded, clock, estimate(run.grid(), 1, request.steps() + 1)),
        List.copyOf(run.notices()));
  }

  /** Returns the request's size, or the one that the model was trained at. */
  private FrameSize generatedSize(GenerateRequest request, int factor, List<String> notices) {
    int side = model.unetConfig().sampleSize() * factor;
    FrameSize wanted = request.size();
    if (wanted == null && side == 0) {
      throw new InvalidInputException(
          "the model does not say its size, expected a size such as 256x256");
    }
    return wanted == null
        ? new FrameSize(side, side)
        : workingSize(wanted, null, request.strictSize(), notices);
  }

  private static Clip blank(FrameSize size, GenerateRequest request) {
    return new Clip(
        size, request.frameRate(), List.of(new byte[Math.toIntExact(size.pixels() * 3)]));
  }

  /** Gaussian noise of java.util.Random, whose sequence is specified and the same everywhere. */
  private Tensor noise(LoadedModels models, LayerGrid grid, long seed) {
    Random random = new Random(seed);
    int channels = model.unetConfig().inChannels();
    float[] values = new float[channels * grid.frames() * grid.height() * grid.width()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return Tensor.of(
        models.context(),
        Shape.of(1, channels, grid.frames(), grid.height(), grid.width()),
        values,
        DType.F32);
  }

  private FrameSize workingSize(
      FrameSize input, @Nullable FrameSize wanted, boolean strict, List<String> notices) {
    return WorkingClip.workingSize(input, wanted, model.vaeConfig().factor(), strict, notices);
  }

  private LayerGrid grid(int frames, FrameSize size) {
    int factor = model.vaeConfig().factor();
    return new LayerGrid(layers, frames, size.height() / factor, size.width() / factor);
  }

  private EditPlan checkedPlan(
      EditRequest request, LayerGrid grid, GivenMasks given, List<String> notices) {
    SchedulerConfig config = model.schedulerConfig();
    requireSteps(request.steps());
    Prompt source = prompt("source", request.source(), request.truncate());
    Prompt target = prompt("target", request.target(), request.truncate());
    EditPlan plan =
        RequestPlanner.plan(
            request,
            source,
            target,
            grid,
            PresetInput.timestepsOf(DdimScheduler.of(config, request.steps())),
            codebook(request),
            notices);
    EditEngine.check(plan, source, target, grid, given, config);
    return plan;
  }

  /** Returns the codebook that chooses a request's masks, or null for none. */
  private @Nullable Codebook codebook(EditRequest request) {
    boolean derived = !request.words().isEmpty() && request.masks().file() == null;
    return switch (request.masks().codebook()) {
      case CodebookSource.None none -> null;
      // A file that the user names is read in any case: a wrong one should not pass unnoticed.
      case CodebookSource.File file -> Codebook.read(file.path(), model);
      case CodebookSource.OfModel ofModel ->
          derived && request.preset().usesCodebook() ? codebook().orElse(null) : null;
    };
  }

  private void requireSteps(int steps) {
    int most = model.schedulerConfig().numTrainTimesteps();
    if (steps > most) {
      throw new InvalidInputException(
          "steps is " + steps + ", expected 1 to " + most + ", the scheduler's training steps");
    }
  }

  private static void requireMaskToWrite(EditRequest request, EditPlan plan) {
    if (request.masksOut() == null) {
      return;
    }
    for (MaskUse use : MaskUse.values()) {
      if (plan.usesMask(use)) {
        return;
      }
    }
    throw new InvalidInputException(
        "mask output '" + request.masksOut() + "': this edit masks nothing");
  }

  private Prompt prompt(String name, String text, boolean truncate) {
    try {
      return Prompt.of(tokenizer, text, truncate);
    } catch (InvalidInputException e) {
      throw new InvalidInputException(name + ": " + e.getMessage(), e);
    }
  }

  /** Returns how much of the source comes from the inversion, if no checkpoint is gone on from. */
  private SourceCacheUse sourceUse(
      EditRequest request, EditPlan plan, LayerGrid grid, GivenMasks given) {
    SourceCacheLimit limit = request.sourceCache();
    if (limit != null) {
      limit.requireDirectory();
    }
    return EditEngine.sourceCacheUse(
        plan,
        prompt("source", request.source(), request.truncate()),
        prompt("target", request.target(), request.truncate()),
        grid,
        given,
        model.schedulerConfig(),
        options.dtype(),
        limit);
  }

  private MemoryEstimate estimate(EditRequest request, LayerGrid grid, SourceCacheUse use) {
    SourceCacheLimit limit = request.sourceCache();
    boolean besideModels =
        limit != null
            && switch (limit.place()) {
              case SourceCache.HostMemory host -> options.device().kind() == Device.Kind.CPU;
              case SourceCache.DeviceMemory device -> true;
              case SourceCache.ScratchFile file -> false;
            };
    return estimate(
        grid,
        use.steps() == use.fused() ? 2 : 3,
        2 * (request.steps() + 1),
        besideModels ? use.bytes() : 0);
  }

  private MemoryEstimate estimate(LayerGrid grid, int items, int keptLatents) {
    return estimate(grid, items, keptLatents, 0);
  }

  private MemoryEstimate estimate(
      LayerGrid grid, int items, int keptLatents, long sourceCacheBytes) {
    return MemoryEstimator.estimate(
        model.unetConfig(),
        model.vaeConfig(),
        model.parameterCounts().total() * options.dtype().bytes(),
        options.dtype(),
        grid,
        items,
        tokenizer.maxLength(),
        keptLatents,
        sourceCacheBytes);
  }

  private static EditListener listener(RunClock clock) {
    return new EditListener() {
      @Override
      public void onProgress(Phase phase, int step, int total) {
        clock.report(
            phase == Phase.INVERSION ? Progress.Phase.INVERSION : Progress.Phase.DENOISING,
            step,
            total);
      }

      @Override
      public boolean isCancelled() {
        return clock.isCancelled();
      }
    };
  }

  /**
   * Returns the mask that says best where the object is: one that is the same in all steps, or else
   * the last step's, which comes from the cleanest record.
   */
  private static @Nullable Mask objectMask(Map<MaskUse, MaskSchedule> masks, int steps) {
    for (MaskSchedule schedule : masks.values()) {
      if (schedule.isConstant()) {
        return schedule.at(0);
      }
    }
    return masks.values().stream().findFirst().map(mask -> mask.at(steps - 1)).orElse(null);
  }

  private static EditFigures figures(
      Clip source, Clip reconstruction, Clip clip, @Nullable Mask mask) {
    return new EditFigures(
        Psnr.of(reconstruction, clip),
        mask == null ? OptionalDouble.empty() : Psnr.of(reconstruction, clip, mask, true),
        mask == null ? OptionalDouble.empty() : Psnr.of(reconstruction, clip, mask, false),
        Psnr.of(source, reconstruction),
        mask == null ? OptionalDouble.empty() : OptionalDouble.of(mask.coverage()));
  }

  private static RunStatistics statistics(
      @Nullable LoadedModels models, RunClock clock, MemoryEstimate estimate) {
    return new RunStatistics(
        clock.timings(),
        models == null ? 0 : models.context().memory().peakBytes(),
        HostMemory.peakResident().orElse(0),
        estimate,
        models == null ? List.of() : models.context().attentionRuns());
  }
}
