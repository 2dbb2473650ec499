package io.freemask.edit;

import io.freemask.InvalidInputException;
import io.freemask.mask.MaskSchedule;
import io.freemask.model.AttentionLayer;
import io.freemask.prompt.Equalizer;
import io.freemask.prompt.Prompt;
import io.freemask.prompt.TokenMapping;
import io.freemask.prompt.WordWindows;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A plan whose words, levels and masks have been found in the prompts, the UNet and the given
 * masks. Making one finds every error that a plan can have, before anything is computed.
 */
final class ResolvedPlan {

  /**
   * A mask to derive.
   *
   * @param rule the plan's rule
   * @param groups the group of word maps of each object
   * @param subtracted the group of word maps of each word that is taken out
   * @param layers the cross layers
   */
  record DerivedMask(
      MaskRule rule,
      List<Integer> groups,
      List<Integer> subtracted,
      List<LayerGrid.CrossLayer> layers) {}

  /**
   * What cross attention needs besides masks.
   *
   * @param section the plan's section
   * @param mapping R and a
   * @param equalizer e, or null if it is 1 everywhere
   * @param windows each token's window
   */
  record CrossFusion(
      EditPlan.Cross section,
      TokenMapping mapping,
      @Nullable Equalizer equalizer,
      WordWindows windows) {}

  private final EditPlan plan;
  private final LayerGrid grid;
  private final int tokens;
  private final @Nullable CrossFusion cross;
  private final Map<MaskUse, MaskSchedule> given;
  private final Map<MaskUse, DerivedMask> derived;
  private final WordMaps.Request wordMaps;

  private ResolvedPlan(
      EditPlan plan,
      LayerGrid grid,
      int tokens,
      @Nullable CrossFusion cross,
      Map<MaskUse, MaskSchedule> given,
      Map<MaskUse, DerivedMask> derived,
      WordMaps.Request wordMaps) {
    this.plan = plan;
    this.grid = grid;
    this.tokens = tokens;
    this.cross = cross;
    this.given = given;
    this.derived = derived;
    this.wordMaps = wordMaps;
  }

  /**
   * Resolves a plan.
   *
   * @param trainingSteps the scheduler's number of training steps, the most steps that an edit has
   * @throws InvalidInputException naming the key or word that is wrong
   */
  static ResolvedPlan of(
      EditPlan plan,
      Prompt source,
      Prompt target,
      LayerGrid grid,
      GivenMasks masks,
      int trainingSteps) {
    if (plan.steps() > trainingSteps) {
      throw new InvalidInputException(
          "steps is "
              + plan.steps()
              + ", expected 1 to "
              + trainingSteps
              + ", the scheduler's training steps");
    }
    masks.require(plan.steps(), grid);
    EditPlan.Cross section = plan.cross();
    CrossFusion cross = section == null ? null : crossFusion(plan, section, source, target);

    List<int[]> groups = new ArrayList<>();
    Map<MaskUse, MaskSchedule> given = new EnumMap<>(MaskUse.class);
    Map<MaskUse, DerivedMask> derived = new EnumMap<>(MaskUse.class);
    for (MaskUse use : MaskUse.values()) {
      MaskRule rule = plan.masks().get(use);
      // Rules are looked up even if no section uses them: a wrong word should not pass unnoticed.
      DerivedMask mask =
          rule == null ? null : derivedMask("masks." + use.key(), rule, source, grid, groups);
      if (!plan.usesMask(use)) {
        continue;
      }
      MaskSchedule schedule = masks.of(use);
      if (mask != null) {
        derived.put(use, mask);
      } else if (schedule != null) {
        given.put(use, schedule);
      } else {
        throw new InvalidInputException(
            (use == MaskUse.BLEND ? "latent_blend needs a mask" : use.key() + ".mask is true")
                + ", and there is neither a given mask nor masks."
                + use.key()
                + " to derive one");
      }
    }
    return new ResolvedPlan(
        plan, grid, source.maxLength(), cross, given, derived, request(derived, groups));
  }

  private static CrossFusion crossFusion(
      EditPlan plan, EditPlan.Cross section, Prompt source, Prompt target) {
    TokenMapping mapping =
        switch (section.mapper()) {
          case REPLACE -> named("cross.mapper", () -> TokenMapping.replace(source, target));
          case REFINE -> TokenMapping.refine(source, target);
          case NONE -> TokenMapping.none(source.maxLength());
        };
    Map<String, WordWindows.Window> words = new LinkedHashMap<>();
    section.wordWindows().forEach((word, window) -> words.put(word, window.words()));
    return new CrossFusion(
        section,
        mapping,
        plan.equalizer().isEmpty()
            ? null
            : named("equalizer", () -> Equalizer.of(target, plan.equalizer())),
        named("cross.word_windows", () -> WordWindows.of(target, section.window().words(), words)));
  }

  private static DerivedMask derivedMask(
      String key, MaskRule rule, Prompt source, LayerGrid grid, List<int[]> groups) {
    List<Integer> places = new ArrayList<>();
    for (List<String> words : rule.objects()) {
      int[] tokens = named(key + ".words", () -> ObjectTokens.of(source, words));
      places.add(ObjectTokens.place(tokens, groups));
    }
    List<Integer> subtracted = new ArrayList<>();
    for (String words : rule.subtract()) {
      int[] tokens = named(key + ".subtract", () -> ObjectTokens.of(source, List.of(words)));
      subtracted.add(ObjectTokens.place(tokens, groups));
    }
    String layers =
        switch (rule.layers()) {
          case MaskRule.Layers.Level level -> ".level";
          case MaskRule.Layers.All all -> ".level";
          case MaskRule.Layers.Named named -> ".layers";
          case MaskRule.Layers.PerLevel perLevel -> ".level_layers";
        };
    return new DerivedMask(
        rule, places, subtracted, named(key + layers, () -> grid.find(rule.layers())));
  }

  private static WordMaps.Request request(Map<MaskUse, DerivedMask> derived, List<int[]> groups) {
    Set<Integer> layers = new TreeSet<>();
    Set<Integer> fixed = new HashSet<>();
    boolean all = false;
    for (DerivedMask mask : derived.values()) {
      mask.layers().forEach(layer -> layers.add(layer.index()));
      switch (mask.rule().timing()) {
        case MaskRule.Timing.Aware aware -> all = true;
        case MaskRule.Timing.Average average -> all = true;
        case MaskRule.Timing.Fixed record -> fixed.add(record.k());
      }
    }
    boolean every = all;
    return new WordMaps.Request(groups, layers, record -> every || fixed.contains(record));
  }

  /** Puts the key before the message of an error. */
  private static <T> T named(String key, Supplier<T> lookup) {
    try {
      return lookup.get();
    } catch (InvalidInputException e) {
      throw new InvalidInputException(key + ": " + e.getMessage(), e);
    }
  }

  EditPlan plan() {
    return plan;
  }

  LayerGrid grid() {
    return grid;
  }

  /** Returns L, the length of the prompts' embeddings. */
  int tokens() {
    return tokens;
  }

  /**
   * Returns the most query positions of a layer of a kind that a step fuses, 0 for no limit; empty
   * if the step fuses none of that kind.
   */
  OptionalLong maxTokens(AttentionLayer.Kind kind, int step) {
    int steps = plan.steps();
    EditPlan.Self self = plan.self();
    EditPlan.Temporal temporal = plan.temporal();
    long limit =
        switch (kind) {
          case CROSS ->
              cross != null && cross.windows().isOpen(step, steps)
                  ? cross.section().maxTokens()
                  : -1;
          case SELF -> self != null && self.window().contains(step, steps) ? self.maxTokens() : -1;
          case TEMPORAL ->
              temporal != null && temporal.window().contains(step, steps)
                  ? temporal.maxTokens()
                  : -1;
        };
    return limit < 0 || grid.controlledSizes(kind, limit).isEmpty()
        ? OptionalLong.empty()
        : OptionalLong.of(limit);
  }

  @Nullable CrossFusion cross() {
    return cross;
  }

  /** Returns what the inversion has to keep for the masks. */
  WordMaps.Request wordMaps() {
    return wordMaps;
  }

  /** Returns the given masks that are used. */
  Map<MaskUse, MaskSchedule> given() {
    return given;
  }

  /** Returns the masks to derive that are used. */
  Map<MaskUse, DerivedMask> derived() {
    return derived;
  }
}
