package io.freemask.cli;

import io.freemask.EditRequest;
import io.freemask.WordPair;
import io.freemask.edit.Mapper;
import io.freemask.edit.Preset;
import io.freemask.edit.StepWindow;
import io.freemask.model.AttentionPlan;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What the edit does; what is not given is the preset's. */
@OptionSection("The edit")
final class PlanArguments {

  @Option(names = "--source", paramLabel = "TEXT", description = "Prompt that describes the clip.")
  private @Nullable String source;

  @Option(
      names = "--target",
      paramLabel = "TEXT",
      description = "Prompt that describes the result.")
  private @Nullable String target;

  @Option(
      names = "--words",
      paramLabel = "OLD=NEW",
      arity = "1..*",
      description =
          "Words of the object in both prompts, such as car=bus; phrases as \"red car=blue bus\";"
              + " several words of one object with +; the old word alone where the target has none."
              + " Several objects: several values.")
  private List<String> words = List.of();

  @Option(
      names = "--preset",
      paramLabel = "NAME",
      description =
          "style, attribute, shape, parity (as the authors' released code) or none. Default:"
              + " shape.")
  private @Nullable Preset preset;

  @Option(names = "--steps", paramLabel = "T", description = "DDIM steps. Default: 50.")
  private @Nullable Integer steps;

  @Option(
      names = "--guidance",
      paramLabel = "G",
      description = "Classifier-free guidance. Default: 7.5.")
  private @Nullable Double guidance;

  @Option(
      names = "--inversion-iterations",
      paramLabel = "N",
      description =
          "How often an inversion step may run the UNet, until it undoes the denoising step."
              + " Default: 1, plain DDIM inversion. With 8 it takes a little over twice as long and"
              + " brings every clip back.")
  private @Nullable Integer inversionIterations;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "For the record: an edit draws no random numbers, it starts from the clip.")
  private @Nullable Long seed;

  @Option(
      names = "--truncate",
      description = "Cut off prompts that are too long instead of refusing them.")
  private boolean truncate;

  @Option(names = "--cross", paramLabel = "A:B|off", description = "When cross attention is fused.")
  private @Nullable StepWindow cross;

  @Option(
      names = "--self",
      paramLabel = "A:B|off",
      description = "When spatial self attention is fused.")
  private @Nullable StepWindow self;

  @Option(
      names = "--temporal",
      paramLabel = "A:B|off",
      description = "When temporal attention is fused.")
  private @Nullable StepWindow temporal;

  @Option(
      names = "--temporal-mode",
      paramLabel = "map|qk",
      description = "Fuse the temporal maps, or queries and keys.")
  private AttentionPlan.@Nullable Mode temporalMode;

  @Option(
      names = "--temporal-polarity",
      paramLabel = "WHOSE",
      description =
          "source-inside or edit-inside: whose temporal attention is taken inside the mask.")
  private AttentionPlan.@Nullable Polarity temporalPolarity;

  @Option(
      names = "--mapper",
      paramLabel = "MAPPER",
      description =
          "How the clip's cross attention goes to the target's words: replace (word by word),"
              + " refine (where words agree) or none (by position).")
  private @Nullable Mapper mapper;

  @Option(
      names = "--order",
      paramLabel = "ORDER",
      description = "map-then-blend, or blend-then-map as the authors' released code does.")
  private AttentionPlan.@Nullable Order order;

  @Option(
      names = "--word-window",
      paramLabel = "WORD=A:B",
      description = "The cross window of a word of the target alone. May be repeated.")
  private Map<String, StepWindow> wordWindows = new LinkedHashMap<>();

  @Option(
      names = "--equalize",
      paramLabel = "WORD=X",
      description = "Multiply the attention of a word of the target by X. May be repeated.")
  private Map<String, Double> equalize = new LinkedHashMap<>();

  @Option(
      names = "--latent-blend",
      paramLabel = "A:B|off",
      description = "When latents outside of the mask return to the clip's.")
  private @Nullable StepWindow latentBlend;

  @Option(
      names = "--latent-blend-grow",
      paramLabel = "N",
      description =
          "By how many latent pixels (of 8x8) the mask of the latent blend is grown. Default: 1.")
  private @Nullable Integer latentBlendGrow;

  /** Puts what is given into a request. */
  void apply(EditRequest.Builder builder) {
    if (source != null) {
      builder.source(source);
    }
    if (target != null) {
      builder.target(target);
    }
    if (!words.isEmpty()) {
      builder.words(words.stream().map(WordPair::parse).toList());
    }
    if (preset != null) {
      builder.preset(preset);
    }
    if (steps != null) {
      builder.steps(steps);
    }
    if (guidance != null) {
      builder.guidance(guidance);
    }
    if (inversionIterations != null) {
      builder.inversionIterations(inversionIterations);
    }
    if (seed != null) {
      builder.seed(seed);
    }
    if (truncate) {
      builder.truncate(true);
    }
    if (cross != null) {
      builder.crossWindow(cross);
    }
    if (self != null) {
      builder.selfWindow(self);
    }
    if (temporal != null) {
      builder.temporalWindow(temporal);
    }
    if (temporalMode != null) {
      builder.temporalMode(temporalMode);
    }
    if (temporalPolarity != null) {
      builder.temporalPolarity(temporalPolarity);
    }
    if (mapper != null) {
      builder.mapper(mapper);
    }
    if (order != null) {
      builder.order(order);
    }
    wordWindows.forEach(builder::wordWindow);
    equalize.forEach(builder::equalizer);
    if (latentBlend != null) {
      builder.latentBlend(latentBlend);
    }
    if (latentBlendGrow != null) {
      builder.latentBlendGrow(latentBlendGrow);
    }
  }
}
