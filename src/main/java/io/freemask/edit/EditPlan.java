package io.freemask.edit;

import io.freemask.InvalidInputException;
import io.freemask.model.AttentionPlan;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What an edit does in each step, as data. A section that is null is off.
 *
 * <p>A masked section takes the mask that its rule among the masks derives, or else the given one.
 * The JSON form is {@link EditPlanJson}'s.
 *
 * @param source the prompt of the clip
 * @param target the prompt of the result
 * @param steps T, at least 1
 * @param guidance g of classifier-free guidance, finite
 * @param inversionIterations how often an inversion step may run the UNet, at least 1; 1 is plain
 *     DDIM inversion, see {@link Inversion}
 * @param cross fusion of cross attention
 * @param equalizer word or phrase of the target to the factor of its fused attention; in order
 * @param self fusion of spatial self attention
 * @param temporal fusion of temporal attention
 * @param masks how masks are derived; a use without an entry takes the given mask
 * @param latentBlend where the latents outside of the mask return to the source's
 */
public record EditPlan(
    String source,
    String target,
    int steps,
    double guidance,
    int inversionIterations,
    @Nullable Cross cross,
    Map<String, Double> equalizer,
    @Nullable Self self,
    @Nullable Temporal temporal,
    Map<MaskUse, MaskRule> masks,
    @Nullable LatentBlend latentBlend) {

  /** Checks what can be checked without a model, and copies the maps. */
  public EditPlan {
    requireWords("source", source);
    requireWords("target", target);
    if (steps < 1) {
      throw new InvalidInputException("steps is " + steps + ", expected at least 1");
    }
    if (!Double.isFinite(guidance)) {
      throw new InvalidInputException("guidance is " + guidance + ", expected a finite number");
    }
    if (inversionIterations < 1) {
      throw new InvalidInputException(
          "inversion_iterations is " + inversionIterations + ", expected at least 1");
    }
    equalizer = Collections.unmodifiableMap(new LinkedHashMap<>(equalizer));
    equalizer.forEach(
        (word, factor) -> {
          if (!Double.isFinite(factor)) {
            throw new InvalidInputException(
                "equalizer." + word + " is " + factor + ", expected a finite number");
          }
        });
    if (!equalizer.isEmpty() && cross == null) {
      throw new InvalidInputException(
          "equalizer is given without cross: it factors the fused cross attention");
    }
    masks = Collections.unmodifiableMap(new LinkedHashMap<>(masks));
    for (Map.Entry<MaskUse, MaskRule> mask : masks.entrySet()) {
      if (mask.getValue().timing() instanceof MaskRule.Timing.Fixed fixed && fixed.k() >= steps) {
        throw new InvalidInputException(
            "masks."
                + mask.getKey().key()
                + ".record is "
                + fixed.k()
                + ", expected 0 to "
                + (steps - 1)
                + " with "
                + steps
                + " steps");
      }
    }
  }

  private static void requireWords(String key, String prompt) {
    if (prompt.isBlank()) {
      throw new InvalidInputException(key + " is empty, expected a prompt");
    }
  }

  /** Reads the JSON form. */
  public static EditPlan parse(String json) {
    return EditPlanJson.parse(json);
  }

  /** Returns the JSON form, with every default written out. */
  public String toJson() {
    return EditPlanJson.write(this);
  }

  /** Returns a copy with other attention; each is off where it is null. */
  public EditPlan withAttention(
      @Nullable Cross otherCross, @Nullable Self otherSelf, @Nullable Temporal otherTemporal) {
    return new EditPlan(
        source,
        target,
        steps,
        guidance,
        inversionIterations,
        otherCross,
        otherCross == null ? Map.of() : equalizer,
        otherSelf,
        otherTemporal,
        masks,
        latentBlend);
  }

  /** Returns a copy in which attention is masked, or is not. */
  public EditPlan withMaskedAttention(boolean value) {
    return withAttention(
        cross == null ? null : cross.withMask(value),
        self == null ? null : self.withMask(value),
        temporal == null ? null : temporal.withMask(value, temporal.polarity()));
  }

  /** Returns a copy with another latent blend, or without. */
  public EditPlan withLatentBlend(@Nullable LatentBlend value) {
    return new EditPlan(
        source,
        target,
        steps,
        guidance,
        inversionIterations,
        cross,
        equalizer,
        self,
        temporal,
        masks,
        value);
  }

  /** Returns a copy whose masks are derived by a rule of each use that needs one. */
  public EditPlan withMasks(Function<MaskUse, ? extends @Nullable MaskRule> rules) {
    Map<MaskUse, MaskRule> derived = new EnumMap<>(MaskUse.class);
    for (MaskUse use : MaskUse.values()) {
      MaskRule rule = usesMask(use) ? rules.apply(use) : null;
      if (rule != null) {
        derived.put(use, rule);
      }
    }
    return new EditPlan(
        source,
        target,
        steps,
        guidance,
        inversionIterations,
        cross,
        equalizer,
        self,
        temporal,
        derived,
        latentBlend);
  }

  /** Returns whether a use takes part and needs a mask. */
  public boolean usesMask(MaskUse use) {
    return switch (use) {
      case CROSS -> cross != null && cross.mask();
      case SELF -> self != null && self.mask();
      case TEMPORAL -> temporal != null && temporal.mask();
      case BLEND -> latentBlend != null;
    };
  }

  /** Returns the editing steps, from 0, in which a use takes part. */
  public List<Integer> openSteps(MaskUse use) {
    return IntStream.range(0, steps).filter(step -> isOpen(use, step)).boxed().toList();
  }

  private boolean isOpen(MaskUse use, int step) {
    return switch (use) {
      // Its schedule has a row more than there are steps.
      case CROSS ->
          cross != null
              && Stream.concat(Stream.of(cross.window()), cross.wordWindows().values().stream())
                  .anyMatch(window -> window.contains(step, steps + 1));
      case SELF -> self != null && self.window().contains(step, steps);
      case TEMPORAL -> temporal != null && temporal.window().contains(step, steps);
      case BLEND -> latentBlend != null && latentBlend.window().blendsAfter(step, steps);
    };
  }

  /**
   * Fusion of cross attention.
   *
   * @param mapper how the source's map is brought to the target's tokens
   * @param window when tokens take it
   * @param wordWindows word or phrase of the target to its own window; in order
   * @param mask whether it is masked
   * @param order whether the map is brought to the target's tokens before or after the blend
   * @param maxTokens most query tokens (h*w) of a layer that is controlled; 0 = no limit
   */
  public record Cross(
      Mapper mapper,
      StepWindow window,
      Map<String, StepWindow> wordWindows,
      boolean mask,
      AttentionPlan.Order order,
      long maxTokens) {

    /** Checks the limit and copies the windows. */
    public Cross {
      wordWindows = Collections.unmodifiableMap(new LinkedHashMap<>(wordWindows));
      requireLimit(maxTokens);
    }

    /** Returns a copy that is masked, or is not. */
    public Cross withMask(boolean value) {
      return new Cross(mapper, window, wordWindows, value, order, maxTokens);
    }

    /** Returns a copy of another order. */
    public Cross withOrder(AttentionPlan.Order value) {
      return new Cross(mapper, window, wordWindows, mask, value, maxTokens);
    }
  }

  /**
   * Fusion of spatial self attention.
   *
   * @param window in which steps
   * @param mask whether it is masked
   * @param maxTokens most query tokens (h*w) of a layer that is controlled; 0 = no limit
   */
  public record Self(StepWindow window, boolean mask, long maxTokens) {

    /** Checks the limit. */
    public Self {
      requireLimit(maxTokens);
    }

    /** Returns a copy that is masked, or is not. */
    public Self withMask(boolean value) {
      return new Self(window, value, maxTokens);
    }
  }

  /**
   * Fusion of temporal attention.
   *
   * @param mode whether maps, or queries and keys
   * @param window in which steps
   * @param mask whether it is masked
   * @param polarity whose attention is taken where the mask is 1
   * @param maxTokens most pixels (h*w) of a layer that is controlled; 0 = no limit
   */
  public record Temporal(
      AttentionPlan.Mode mode,
      StepWindow window,
      boolean mask,
      AttentionPlan.Polarity polarity,
      long maxTokens) {

    /** Checks the limit. */
    public Temporal {
      requireLimit(maxTokens);
    }

    /** Returns a copy that is masked in some way, or is not. */
    public Temporal withMask(boolean value, AttentionPlan.Polarity otherPolarity) {
      return new Temporal(mode, window, value, otherPolarity, maxTokens);
    }
  }

  /**
   * The latent blend.
   *
   * @param window after which steps ({@link StepWindow#blendsAfter})
   * @param grow by how many latent pixels the mask is grown to each side first. What it leaves out
   *     stays the source's, so the rim of the object has to be inside
   */
  public record LatentBlend(StepWindow window, int grow) {

    /** Checks that the mask does not shrink. */
    public LatentBlend {
      if (grow < 0) {
        throw new InvalidInputException("latent_blend.grow is " + grow + ", expected at least 0");
      }
    }
  }

  private static void requireLimit(long maxTokens) {
    if (maxTokens < 0) {
      throw new InvalidInputException(
          "max_tokens is " + maxTokens + ", expected at least 1, or 0 for no limit");
    }
  }
}
