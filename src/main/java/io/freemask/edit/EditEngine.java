package io.freemask.edit;

import io.freemask.InvalidInputException;
import io.freemask.mask.MaskSchedule;
import io.freemask.model.Callbacks;
import io.freemask.model.TextEncoder;
import io.freemask.model.UNet;
import io.freemask.prompt.ClipTokenizer;
import io.freemask.prompt.Encoding;
import io.freemask.prompt.Prompt;
import io.freemask.scheduler.DdimScheduler;
import io.freemask.scheduler.SchedulerConfig;
import io.freemask.tensor.Context;
import io.freemask.tensor.DType;
import io.freemask.tensor.Tensor;
import io.freemask.tensor.TensorScope;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Runs edit plans on loaded models, which stay the caller's. Not thread-safe: used by one thread at
 * a time, like its context.
 */
public final class EditEngine {

  private final Context context;
  private final UNet unet;
  private final TextEncoder textEncoder;
  private final ClipTokenizer tokenizer;
  private final SchedulerConfig schedulerConfig;
  private final boolean truncate;

  /**
   * Creates an engine.
   *
   * @param context the context that the models were made with
   * @param tokenizer the text encoder's tokenizer, of its length
   * @param truncate whether prompts that are too long are cut off instead of refused
   */
  public EditEngine(
      Context context,
      UNet unet,
      TextEncoder textEncoder,
      ClipTokenizer tokenizer,
      SchedulerConfig schedulerConfig,
      boolean truncate) {
    this.context = context;
    this.unet = unet;
    this.textEncoder = textEncoder;
    this.tokenizer = tokenizer;
    this.schedulerConfig = schedulerConfig;
    this.truncate = truncate;
  }

  /**
   * The latents of an edit, each [1,C,F,h,w] f32 and owned by this.
   *
   * @param inverted z_0..z_T of the source
   * @param edited z_T first, the result last
   * @param masks the masks that took part, at latent size
   * @param source how much of the source came from the inversion
   */
  public record Result(
      List<Tensor> inverted,
      List<Tensor> edited,
      Map<MaskUse, MaskSchedule> masks,
      SourceCacheUse source)
      implements AutoCloseable {

    /** Returns the result's latents. */
    public Tensor result() {
      return edited.get(edited.size() - 1);
    }

    @Override
    public void close() {
      inverted.forEach(Tensor::close);
      edited.forEach(Tensor::close);
    }
  }

  /**
   * Finds every error that a plan can have, without models.
   *
   * @param grid the UNet's layers on the clip's latents
   * @param source the plan's source prompt
   * @param target the plan's target prompt
   * @throws InvalidInputException naming the key or word that is wrong
   */
  public static void check(
      EditPlan plan,
      Prompt source,
      Prompt target,
      LayerGrid grid,
      GivenMasks masks,
      SchedulerConfig schedulerConfig) {
    ResolvedPlan.of(plan, source, target, grid, masks, schedulerConfig.numTrainTimesteps());
  }

  /**
   * Finds out how much of an edit's source a cache would hold, without models.
   *
   * @param dtype of the UNet
   * @param cache null for none
   * @throws InvalidInputException as {@link #check}
   */
  public static SourceCacheUse sourceCacheUse(
      EditPlan plan,
      Prompt source,
      Prompt target,
      LayerGrid grid,
      GivenMasks masks,
      SchedulerConfig schedulerConfig,
      DType dtype,
      @Nullable SourceCacheLimit cache) {
    ResolvedPlan resolved =
        ResolvedPlan.of(plan, source, target, grid, masks, schedulerConfig.numTrainTimesteps());
    return SourceRecords.choose(resolved, dtype, cache == null ? 0 : cache.bytes(), 0).use();
  }

  /**
   * Inverts and edits without a checkpoint and without keeping the source, see {@link
   * #run(EditPlan, Tensor, GivenMasks, EditListener, EditCheckpoint, SourceCacheLimit)}.
   */
  public Result run(EditPlan plan, Tensor z0, GivenMasks masks, EditListener listener) {
    return run(plan, z0, masks, listener, null, null);
  }

  /**
   * Inverts and edits.
   *
   * @param z0 the clip's latents [1,C,F,h,w], scaled; stays the caller's
   * @param masks the masks that the user gives
   * @param checkpoint where the edit is kept while it runs, and goes on from; null for nowhere
   * @param cache how much of the source is kept from the inversion; null for nothing. What is kept
   *     gives the same result but for roundings
   * @throws InvalidInputException if the plan does not fit the model, the latents or the masks, or
   *     the checkpoint is of another edit
   * @throws io.freemask.CancelledException if the listener cancels
   */
  public Result run(
      EditPlan plan,
      Tensor z0,
      GivenMasks masks,
      EditListener listener,
      @Nullable EditCheckpoint checkpoint,
      @Nullable SourceCacheLimit cache) {
    LayerGrid grid = grid(z0);
    Prompt source = prompt("source", plan.source());
    Prompt target = prompt("target", plan.target());
    ResolvedPlan resolved =
        ResolvedPlan.of(plan, source, target, grid, masks, schedulerConfig.numTrainTimesteps());
    int groups = resolved.wordMaps().groups().size();
    EditState state = null;
    if (checkpoint != null) {
      checkpoint.identify("plan", plan.toJson());
      checkpoint.identify("masks", masks.hash(plan.steps()));
      state = checkpoint.restore(context, z0, groups);
    }
    if (state == null) {
      state = EditState.begin(z0, groups);
    }
    try (SourceBranch branch =
        SourceBranch.open(
            context, resolved, unet.dtype(), cache, state.inverted().size() - 1, listener)) {
      return run(resolved, source, target, state, branch, listener, checkpoint);
    } catch (RuntimeException | Error e) {
      if (checkpoint != null) {
        checkpoint.keepAfter(e, state);
      }
      state.close();
      throw e;
    }
  }

  private Result run(
      ResolvedPlan resolved,
      Prompt source,
      Prompt target,
      EditState state,
      SourceBranch branch,
      EditListener listener,
      @Nullable EditCheckpoint checkpoint) {
    EditPlan plan = resolved.plan();
    Denoiser denoiser =
        new Denoiser(
            unet,
            DdimScheduler.of(schedulerConfig, plan.steps()),
            checkpoint == null ? listener : keeping(listener, checkpoint, state));
    try (Tensor text = embed(source.encoding(), denoiser.callbacks())) {
      Inversion.run(
          denoiser,
          state,
          text,
          plan.inversionIterations(),
          resolved.wordMaps(),
          branch::recording);
    }
    Map<MaskUse, MaskSchedule> used = denoise(denoiser, resolved, source, target, state, branch);
    if (checkpoint != null) {
      checkpoint.keep(state);
    }
    return new Result(state.inverted(), state.edited(), used, branch.use());
  }

  /** Edits from where the state has come to; returns the masks that took part. */
  private Map<MaskUse, MaskSchedule> denoise(
      Denoiser denoiser,
      ResolvedPlan resolved,
      Prompt source,
      Prompt target,
      EditState state,
      SourceBranch branch) {
    Callbacks callbacks = denoiser.callbacks();
    try (TensorScope scope = TensorScope.open()) {
      Denoising.Texts texts =
          new Denoising.Texts(
              scope.add(embed(source.encoding(), callbacks)),
              scope.add(embed(tokenizer.encode(""), callbacks)),
              scope.add(embed(target.encoding(), callbacks)));
      EditMasks masks = new EditMasks(resolved, state.wordMaps());
      try (StepPlans plans = new StepPlans(context, resolved, masks, branch)) {
        Denoising.edit(denoiser, state, texts, (float) resolved.plan().guidance(), plans);
      }
      return masks.used();
    }
  }

  /**
   * Inverts a clip to be edited by several plans.
   *
   * @param prompt what the clip shows
   * @param objects for each object its words or phrases in the prompt; those that plans derive
   *     masks from, in the same grouping
   * @param z0 the clip's latents [1,C,F,h,w], scaled; stays the caller's
   * @param steps T
   * @param inversionIterations how often an inversion step may run the UNet, as plans of the clip
   *     have it
   * @return owned by the caller
   * @throws InvalidInputException if a word is not in the prompt, or steps or latents do not fit
   * @throws io.freemask.CancelledException if the listener cancels
   */
  public InvertedClip invert(
      String prompt,
      List<List<String>> objects,
      Tensor z0,
      int steps,
      int inversionIterations,
      EditListener listener) {
    LayerGrid grid = grid(z0);
    requireSteps(steps);
    Prompt source = prompt("source", prompt);
    List<int[]> groups = new ArrayList<>();
    if (!objects.isEmpty()) {
      places(source, objects, groups);
    }
    Denoiser denoiser = new Denoiser(unet, DdimScheduler.of(schedulerConfig, steps), listener);
    EditState state = EditState.begin(z0, groups.size());
    try (Tensor text = embed(source.encoding(), denoiser.callbacks())) {
      Inversion.run(
          denoiser, state, text, inversionIterations, allRecords(grid, groups), k -> null);
      return new InvertedClip(source, inversionIterations, grid, groups, state);
    } catch (RuntimeException | Error e) {
      state.close();
      throw e;
    }
  }

  /**
   * Edits a clip that was inverted before, with the same result as {@link #run}.
   *
   * @param plan has the clip's source prompt and numbers of steps and iterations
   * @param masks the masks that the user gives
   * @return the edited latents z_0 [1,C,F,h,w] f32, owned by the caller
   * @throws InvalidInputException if the plan does not fit the model, the clip or the masks
   * @throws io.freemask.CancelledException if the listener cancels
   */
  public Edited edit(EditPlan plan, InvertedClip clip, GivenMasks masks, EditListener listener) {
    Prompt source = prompt("source", plan.source());
    if (plan.steps() != clip.steps() || !source.text().equals(clip.source().text())) {
      throw new InvalidInputException(
          "the plan has "
              + plan.steps()
              + " steps of \""
              + source.text()
              + "\", expected "
              + clip.steps()
              + " of \""
              + clip.source().text()
              + "\", as the clip was inverted");
    }
    if (plan.inversionIterations() != clip.inversionIterations()) {
      throw new InvalidInputException(
          "the plan has inversion_iterations "
              + plan.inversionIterations()
              + ", expected "
              + clip.inversionIterations()
              + ", as the clip was inverted");
    }
    Prompt target = prompt("target", plan.target());
    ResolvedPlan resolved =
        ResolvedPlan.of(
            plan, source, target, clip.grid(), masks, schedulerConfig.numTrainTimesteps());
    WordMaps maps = clip.maps(resolved.wordMaps().groups());
    Denoiser denoiser =
        new Denoiser(unet, DdimScheduler.of(schedulerConfig, plan.steps()), listener);
    EditState state = new EditState(clip.state().inverted(), maps, new ArrayList<>());
    try (SourceBranch branch = SourceBranch.replayed(resolved, unet.dtype())) {
      Map<MaskUse, MaskSchedule> used = denoise(denoiser, resolved, source, target, state, branch);
      Tensor result = state.edited().remove(state.edited().size() - 1);
      return new Edited(result, used);
    } finally {
      // The inverted latents stay the clip's.
      Denoiser.close(state.edited());
    }
  }

  /**
   * What {@link #edit} gives.
   *
   * @param latents the result z_0 [1,C,F,h,w] f32, owned by this
   * @param masks the masks that took part, at latent size
   */
  public record Edited(Tensor latents, Map<MaskUse, MaskSchedule> masks) implements AutoCloseable {

    @Override
    public void close() {
      latents.close();
    }
  }

  /** Keeps the state before the listener hears of a step, since that may end the edit. */
  private static EditListener keeping(
      EditListener listener, EditCheckpoint checkpoint, EditState state) {
    return new EditListener() {
      @Override
      public void onProgress(Phase phase, int step, int total) {
        checkpoint.keepNowAndThen(state);
        listener.onProgress(phase, step, total);
      }

      @Override
      public boolean isCancelled() {
        return listener.isCancelled();
      }
    };
  }

  /**
   * Inverts a clip and keeps the word maps of objects from all cross layers at every record.
   *
   * @param prompt what the clip shows
   * @param objects for each object its words or phrases in the prompt; at least one object
   * @param z0 the clip's latents [1,C,F,h,w], scaled; stays the caller's
   * @param steps T
   * @throws InvalidInputException if a word is not in the prompt, or steps or latents do not fit
   * @throws io.freemask.CancelledException if the listener cancels
   */
  public WordMapTrace trace(
      Prompt prompt, List<List<String>> objects, Tensor z0, int steps, EditListener listener) {
    LayerGrid grid = grid(z0);
    requireSteps(steps);
    List<int[]> groups = new ArrayList<>();
    List<Integer> places = places(prompt, objects, groups);
    DdimScheduler scheduler = DdimScheduler.of(schedulerConfig, steps);
    return new WordMapTrace(
        grid,
        PresetInput.timestepsOf(scheduler),
        places,
        allMaps(prompt, groups, z0, grid, scheduler, 1, listener));
  }

  /**
   * What masks are chosen from, and what is chosen.
   *
   * @param trace the word maps of all cross layers at every record
   * @param masks the masks that would take part in the edit, at latent size
   */
  public record Inspection(WordMapTrace trace, Map<MaskUse, MaskSchedule> masks) {}

  /**
   * Inverts a clip as an edit would, keeps all word maps, and makes the edit's masks from them.
   *
   * @param objects for each object its words or phrases in the source prompt; at least one object
   * @param z0 the clip's latents [1,C,F,h,w], scaled; stays the caller's
   * @param masks the masks that the user gives
   * @throws InvalidInputException if the plan or a word does not fit the model, the latents or the
   *     masks
   * @throws io.freemask.CancelledException if the listener cancels
   */
  public Inspection inspect(
      EditPlan plan,
      List<List<String>> objects,
      Tensor z0,
      GivenMasks masks,
      EditListener listener) {
    LayerGrid grid = grid(z0);
    Prompt source = prompt("source", plan.source());
    Prompt target = prompt("target", plan.target());
    ResolvedPlan resolved =
        ResolvedPlan.of(plan, source, target, grid, masks, schedulerConfig.numTrainTimesteps());
    List<int[]> groups = new ArrayList<>(resolved.wordMaps().groups());
    List<Integer> places = places(source, objects, groups);
    DdimScheduler scheduler = DdimScheduler.of(schedulerConfig, plan.steps());
    WordMaps maps =
        allMaps(source, groups, z0, grid, scheduler, plan.inversionIterations(), listener);
    return new Inspection(
        new WordMapTrace(grid, PresetInput.timestepsOf(scheduler), places, maps),
        new EditMasks(resolved, maps).used());
  }

  /** Returns the place of each object's tokens among the groups, to which they are added. */
  private static List<Integer> places(
      Prompt prompt, List<List<String>> objects, List<int[]> groups) {
    if (objects.isEmpty() || objects.stream().anyMatch(List::isEmpty)) {
      throw new InvalidInputException(
          "objects is " + objects + ", expected at least one, each with a word of the prompt");
    }
    List<Integer> places = new ArrayList<>();
    for (List<String> words : objects) {
      places.add(ObjectTokens.place(ObjectTokens.of(prompt, words), groups));
    }
    return places;
  }

  private static WordMaps.Request allRecords(LayerGrid grid, List<int[]> groups) {
    Set<Integer> layers =
        grid.crossLayers().stream()
            .map(LayerGrid.CrossLayer::index)
            .collect(Collectors.toUnmodifiableSet());
    return new WordMaps.Request(groups, layers, record -> true);
  }

  private WordMaps allMaps(
      Prompt prompt,
      List<int[]> groups,
      Tensor z0,
      LayerGrid grid,
      DdimScheduler scheduler,
      int iterations,
      EditListener listener) {
    Denoiser denoiser = new Denoiser(unet, scheduler, listener);
    WordMaps.Request request = allRecords(grid, groups);
    try (Tensor text = embed(prompt.encoding(), denoiser.callbacks());
        EditState state = EditState.begin(z0, groups.size())) {
      Inversion.run(denoiser, state, text, iterations, request, k -> null);
      return state.wordMaps();
    }
  }

  /**
   * Generates latents from noise with classifier-free guidance.
   *
   * @param noise z_T [1,C,F,h,w]; stays the caller's
   * @return z_0 [1,C,F,h,w] f32
   * @throws InvalidInputException if the prompt, steps or guidance do not fit
   * @throws io.freemask.CancelledException if the listener cancels
   */
  public Tensor generate(
      String prompt, Tensor noise, int steps, double guidance, EditListener listener) {
    noise.shape().require("noise", 5);
    if (!Double.isFinite(guidance)) {
      throw new InvalidInputException("guidance is " + guidance + ", expected a finite number");
    }
    requireSteps(steps);
    Prompt words = prompt("prompt", prompt);
    Denoiser denoiser = new Denoiser(unet, DdimScheduler.of(schedulerConfig, steps), listener);
    Callbacks callbacks = denoiser.callbacks();
    try (TensorScope scope = TensorScope.open()) {
      Tensor unconditional = scope.add(embed(tokenizer.encode(""), callbacks));
      Tensor conditional = scope.add(embed(words.encoding(), callbacks));
      return Denoising.generate(denoiser, noise, unconditional, conditional, (float) guidance);
    }
  }

  private LayerGrid grid(Tensor z0) {
    z0.shape().require("latents", 5);
    if (z0.shape().dim(0) != 1) {
      throw new InvalidInputException("latents are " + z0.shape() + ", expected [1,C,F,h,w]");
    }
    return new LayerGrid(
        unet.attentionLayers(),
        Math.toIntExact(z0.shape().dim(2)),
        Math.toIntExact(z0.shape().dim(3)),
        Math.toIntExact(z0.shape().dim(4)));
  }

  private void requireSteps(int steps) {
    if (steps < 1 || steps > schedulerConfig.numTrainTimesteps()) {
      throw new InvalidInputException(
          "steps is "
              + steps
              + ", expected 1 to "
              + schedulerConfig.numTrainTimesteps()
              + ", the scheduler's training steps");
    }
  }

  private Tensor embed(Encoding encoding, Callbacks callbacks) {
    return textEncoder.forward(new long[][] {encoding.ids()}, callbacks);
  }

  private Prompt prompt(String key, String text) {
    try {
      return Prompt.of(tokenizer, text, truncate);
    } catch (InvalidInputException e) {
      throw new InvalidInputException(key + ": " + e.getMessage(), e);
    }
  }
}
