package io.freemask;

import io.freemask.edit.EditPlan;
import io.freemask.edit.LayerGrid;
import io.freemask.edit.Mapper;
import io.freemask.edit.MaskRule;
import io.freemask.edit.MaskUse;
import io.freemask.edit.Preset;
import io.freemask.edit.PresetInput;
import io.freemask.edit.StepWindow;
import io.freemask.mmc.Codebook;
import io.freemask.mmc.MaskSelector;
import io.freemask.model.AttentionPlan;
import io.freemask.prompt.Prompt;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes the plan of a request: its preset's, with what the request changes. */
final class RequestPlanner {

  private static final long SELF_MAX_TOKENS = 2048;

  private final EditRequest request;
  private final PresetInput input;
  private final @Nullable MaskSelector selector;

  private RequestPlanner(EditRequest request, PresetInput input, @Nullable MaskSelector selector) {
    this.request = request;
    this.input = input;
    this.selector = selector;
  }

  /**
   * Makes the plan.
   *
   * @param timesteps of the inversion records
   * @param codebook of the model, or null
   * @param notices gets what was chosen for the user
   * @throws InvalidInputException if a word is missing, or masks are needed and there are no words
   */
  static EditPlan plan(
      EditRequest request,
      Prompt source,
      Prompt target,
      LayerGrid grid,
      List<Integer> timesteps,
      @Nullable Codebook codebook,
      List<String> notices) {
    requireWords(request, source, target);
    boolean given = request.masks().file() != null;
    PresetInput input =
        new PresetInput(
            source,
            target,
            request.steps(),
            request.guidance(),
            request.inversionIterations(),
            given ? List.of() : request.words().stream().map(WordPair::source).toList(),
            grid,
            timesteps);
    MaskSelector selector =
        codebook != null && request.preset().usesCodebook()
            ? new MaskSelector(codebook, timesteps)
            : null;
    EditPlan plan = new RequestPlanner(request, input, selector).plan();
    for (MaskUse use : MaskUse.values()) {
      if (plan.usesMask(use) && !given && !plan.masks().containsKey(use)) {
        throw new InvalidInputException(
            "preset "
                + request.preset().name().toLowerCase(Locale.ROOT)
                + " with these options masks the object: name its words, such as car=bus, or give"
                + " a mask");
      }
    }
    addNotices(request, plan, source, target, notices);
    addMaskNotice(request, plan, codebook, timesteps, notices);
    return plan;
  }

  private static void addNotices(
      EditRequest request, EditPlan plan, Prompt source, Prompt target, List<String> notices) {
    EditPlan.Cross cross = plan.cross();
    if (cross != null && request.mapper() == null) {
      notices.add(
          "mapper "
              + cross.mapper().key()
              + ": the source has "
              + source.words().size()
              + " words, the target "
              + target.words().size());
    }
  }

  /** Says where derived masks come from, as far as the request leaves that open. */
  private static void addMaskNotice(
      EditRequest request,
      EditPlan plan,
      @Nullable Codebook codebook,
      List<Integer> timesteps,
      List<String> notices) {
    MaskOptions masks = request.masks();
    if (plan.masks().isEmpty() || masks.layers() != null) {
      return;
    }
    Map<String, List<String>> uses = new LinkedHashMap<>();
    plan.masks()
        .forEach(
            (use, rule) ->
                uses.computeIfAbsent(describe(rule, timesteps), text -> new ArrayList<>())
                    .add(use.key()));
    List<String> parts = new ArrayList<>();
    uses.forEach((text, keys) -> parts.add(String.join(", ", keys) + " from " + text));
    String chosen = String.join("; ", parts);
    if (!request.preset().usesCodebook()) {
      notices.add("masks as the released code has them: " + chosen);
    } else if (codebook == null) {
      notices.add(
          "no codebook says which masks of this model match best: a standard choice is taken ("
              + chosen
              + "); freemask calibrate makes one");
    } else {
      notices.add(
          "masks by the codebook of "
              + codebook.modelName()
              + " ("
              + codebook.datasetSpec()
              + ", "
              + codebook.videos().size()
              + " clips): "
              + chosen);
    }
  }

  private static String describe(MaskRule rule, List<Integer> timesteps) {
    String layers =
        switch (rule.layers()) {
          case MaskRule.Layers.Level level ->
              "the cross layers of level " + new LayerGrid.Size(level.height(), level.width());
          case MaskRule.Layers.Named named -> String.join(", ", named.names());
          case MaskRule.Layers.PerLevel perLevel ->
              "by level " + String.join(", ", perLevel.names());
          case MaskRule.Layers.All all -> "all cross layers";
        };
    String time =
        switch (rule.timing()) {
          case MaskRule.Timing.Aware aware -> "each step's own timestep";
          case MaskRule.Timing.Fixed fixed -> "timestep " + timesteps.get(fixed.k());
          case MaskRule.Timing.Average average -> "the mean over all timesteps";
        };
    return layers + " at " + time + ", threshold " + rule.threshold();
  }

  private static void requireWords(EditRequest request, Prompt source, Prompt target) {
    for (WordPair pair : request.words()) {
      try {
        pair.source().forEach(source::tokens);
        pair.target().forEach(target::tokens);
      } catch (InvalidInputException e) {
        throw new InvalidInputException("words " + pair + ": " + e.getMessage(), e);
      }
    }
  }

  private EditPlan plan() {
    EditPlan preset = request.preset().plan(input);
    EditPlan.Cross cross = cross(preset.cross());
    EditPlan.Self self = self(preset.self());
    EditPlan.Temporal temporal = temporal(preset.temporal());
    EditPlan.LatentBlend blend = latentBlend(preset.latentBlend());
    EditPlan plan =
        new EditPlan(
            preset.source(),
            preset.target(),
            preset.steps(),
            preset.guidance(),
            preset.inversionIterations(),
            cross,
            request.equalizer(),
            self,
            temporal,
            Map.of(),
            blend);
    return plan.withMasks(
        use -> {
          MaskRule rule = maskRule(use);
          return rule == null ? null : adjusted(rule);
        });
  }

  private @Nullable MaskRule maskRule(MaskUse use) {
    return selector == null || input.objects().isEmpty()
        ? request.preset().maskRule(use, input)
        : selector.rule(request.preset(), use, input.objects());
  }

  private EditPlan.@Nullable Cross cross(EditPlan.@Nullable Cross preset) {
    StepWindow window = windowOf(request.crossWindow(), preset == null ? null : preset.window());
    if (window == null) {
      return null;
    }
    Mapper mapper = request.mapper();
    AttentionPlan.Order order = request.order();
    if (mapper == null) {
      mapper = preset == null ? Mapper.REFINE : preset.mapper();
    }
    if (order == null) {
      order = preset == null ? AttentionPlan.Order.MAP_THEN_BLEND : preset.order();
    }
    return new EditPlan.Cross(
        mapper,
        window,
        request.wordWindows(),
        masked(preset != null && preset.mask()),
        order,
        preset == null ? 0 : preset.maxTokens());
  }

  private EditPlan.@Nullable Self self(EditPlan.@Nullable Self preset) {
    StepWindow window = windowOf(request.selfWindow(), preset == null ? null : preset.window());
    return window == null
        ? null
        : new EditPlan.Self(
            window,
            masked(preset != null && preset.mask()),
            preset == null ? SELF_MAX_TOKENS : preset.maxTokens());
  }

  private EditPlan.@Nullable Temporal temporal(EditPlan.@Nullable Temporal preset) {
    StepWindow window = windowOf(request.temporalWindow(), preset == null ? null : preset.window());
    if (window == null) {
      return null;
    }
    AttentionPlan.Mode mode = request.temporalMode();
    AttentionPlan.Polarity polarity = request.temporalPolarity();
    if (mode == null) {
      mode = preset == null ? AttentionPlan.Mode.MAP : preset.mode();
    }
    if (polarity == null) {
      polarity = preset == null ? AttentionPlan.Polarity.SOURCE_INSIDE : preset.polarity();
    }
    boolean unmasked = Boolean.FALSE.equals(request.masks().enabled());
    // Asking for a polarity is asking for a mask.
    boolean masked = request.temporalPolarity() != null || (preset != null && preset.mask());
    return new EditPlan.Temporal(
        mode, window, masked && !unmasked, polarity, preset == null ? 0 : preset.maxTokens());
  }

  private EditPlan.@Nullable LatentBlend latentBlend(EditPlan.@Nullable LatentBlend preset) {
    boolean unmasked = Boolean.FALSE.equals(request.masks().enabled());
    StepWindow window =
        windowOf(request.latentBlend(), preset == null || unmasked ? null : preset.window());
    Integer grow = request.latentBlendGrow();
    return window == null
        ? null
        : new EditPlan.LatentBlend(window, grow == null ? Preset.BLEND_GROW : grow);
  }

  /** Returns when a section is open, or null for never: an empty window switches it off. */
  private static @Nullable StepWindow windowOf(
      @Nullable StepWindow wanted, @Nullable StepWindow preset) {
    StepWindow window = wanted == null ? preset : wanted;
    return window == null || window.start() == window.end() ? null : window;
  }

  private boolean masked(boolean preset) {
    Boolean enabled = request.masks().enabled();
    return enabled == null ? preset : enabled;
  }

  private MaskRule adjusted(MaskRule rule) {
    MaskOptions options = request.masks();
    MaskRule.Layers layers = options.layers();
    MaskRule.Timing timing = options.timing();
    Double threshold = options.threshold();
    Boolean pool = options.pool();
    Double subtractThreshold = options.subtractThreshold();
    return new MaskRule(
        rule.objects(),
        layers == null ? rule.layers() : layers,
        timing == null ? rule.timing() : timing,
        threshold == null ? rule.threshold() : threshold,
        pool == null ? rule.pool() : pool,
        options.soft(),
        options.subtract(),
        subtractThreshold == null ? rule.subtractThreshold() : subtractThreshold,
        rule.latentSize());
  }
}
