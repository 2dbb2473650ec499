package io.freemask;

import io.freemask.edit.Mapper;
import io.freemask.edit.Preset;
import io.freemask.edit.SourceCacheLimit;
import io.freemask.edit.StepWindow;
import io.freemask.model.AttentionPlan;
import io.freemask.video.Clip;
import io.freemask.video.FrameRange;
import io.freemask.video.FrameSize;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One edit of one clip. Made by {@link #builder}.
 *
 * @param input the clip's file or folder; null if {@code clip} is given
 * @param clip the clip in memory; null if {@code input} is given
 * @param source the prompt that describes the clip
 * @param target the prompt that describes the result
 * @param words the objects that change; needed where the preset masks and no mask is given
 * @param preset the kind of edit
 * @param output where the result goes; null keeps it in memory alone
 * @param sideBySide where source and result beside each other go, or null
 * @param masksOut where the masks go as a clip, or null
 * @param recordOut where the run record goes (JSON), or null
 * @param reportOut where a page about the edit goes (HTML), or null
 * @param checkpoint where the unfinished edit is kept while it runs, and goes on from when the same
 *     request is run again; deleted at the end. Null for nowhere
 * @param sourceCache how much of the source is kept from the inversion instead of being computed
 *     again in the editing steps, which is faster and the same but for roundings; null for nothing
 * @param steps T, the number of DDIM steps of inversion and of editing
 * @param guidance g of classifier-free guidance
 * @param inversionIterations how often an inversion step may run the UNet, at least 1; 1 is plain
 *     DDIM inversion, more bring the clip back more exactly
 * @param seed recorded; an edit draws no random numbers, since it starts from the inverted clip
 * @param frames which frames of the input
 * @param size the working size; null for the clip's own
 * @param mapper how the source's cross attention is brought to the target's words, or null for the
 *     preset's choice
 * @param order whether that is done before or after the blend by mask, or null for the preset's
 * @param temporalMode what temporal fusion mixes, or null for the preset's
 * @param temporalPolarity whose temporal attention is taken inside the mask, or null for the
 *     preset's
 * @param masks how masks differ from the preset's
 * @param crossWindow when cross attention is fused, instead of the preset's window; an empty window
 *     such as [0, 0] means never
 * @param selfWindow when self attention is fused, instead of the preset's window
 * @param temporalWindow when temporal attention is fused, instead of the preset's window
 * @param wordWindows word or phrase of the target to its own cross window
 * @param equalizer word or phrase of the target to the factor of its attention
 * @param latentBlend when latents outside of the mask return to the source's, instead of the
 *     preset's window
 * @param latentBlendGrow by how many latent pixels the mask of that is grown, or null for 1
 * @param overwrite whether existing outputs are replaced
 * @param truncate whether prompts that are too long are cut off
 * @param strictSize whether a size that does not fit the VAE is an error instead of being rounded
 */
public record EditRequest(
    @Nullable Path input,
    @Nullable Clip clip,
    String source,
    String target,
    List<WordPair> words,
    Preset preset,
    @Nullable Path output,
    @Nullable Path sideBySide,
    @Nullable Path masksOut,
    @Nullable Path recordOut,
    @Nullable Path reportOut,
    @Nullable Path checkpoint,
    @Nullable SourceCacheLimit sourceCache,
    int steps,
    double guidance,
    int inversionIterations,
    long seed,
    FrameRange frames,
    @Nullable FrameSize size,
    @Nullable Mapper mapper,
    AttentionPlan.@Nullable Order order,
    AttentionPlan.@Nullable Mode temporalMode,
    AttentionPlan.@Nullable Polarity temporalPolarity,
    MaskOptions masks,
    @Nullable StepWindow crossWindow,
    @Nullable StepWindow selfWindow,
    @Nullable StepWindow temporalWindow,
    Map<String, StepWindow> wordWindows,
    Map<String, Double> equalizer,
    @Nullable StepWindow latentBlend,
    @Nullable Integer latentBlendGrow,
    boolean overwrite,
    boolean truncate,
    boolean strictSize) {

  /** Steps where a request names none. */
  public static final int DEFAULT_STEPS = 50;

  /** Guidance where a request names none. */
  public static final double DEFAULT_GUIDANCE = 7.5;

  /** Checks what can be checked without the clip and the model, and copies. */
  public EditRequest {
    words = List.copyOf(words);
    wordWindows = Collections.unmodifiableMap(new LinkedHashMap<>(wordWindows));
    equalizer = Collections.unmodifiableMap(new LinkedHashMap<>(equalizer));
    if ((input == null) == (clip == null)) {
      throw new InvalidInputException(
          input == null
              ? "there is no input, expected a file, a folder or a clip"
              : "input and clip are both given, expected one of them");
    }
    requirePrompt("source", source);
    requirePrompt("target", target);
    if (steps < 1) {
      throw new InvalidInputException("steps is " + steps + ", expected at least 1");
    }
    if (!Double.isFinite(guidance)) {
      throw new InvalidInputException("guidance is " + guidance + ", expected a finite number");
    }
    if (inversionIterations < 1) {
      throw new InvalidInputException(
          "inversion iterations are " + inversionIterations + ", expected at least 1");
    }
  }

  private static void requirePrompt(String name, String prompt) {
    if (prompt.isBlank()) {
      throw new InvalidInputException(name + " is empty, expected a prompt");
    }
  }

  /** Returns a builder without input and prompts. */
  public static Builder builder() {
    return new Builder();
  }

  /** Returns a builder that starts from this request. */
  public Builder toBuilder() {
    return new Builder(this);
  }

  /** Collects a request; what is not set has the default that its method names. */
  public static final class Builder {

    private @Nullable Path input;
    private @Nullable Clip clip;
    private String source = "";
    private String target = "";
    private List<WordPair> words = new ArrayList<>();
    private Preset preset = Preset.SHAPE;
    private @Nullable Path output;
    private @Nullable Path sideBySide;
    private @Nullable Path masksOut;
    private @Nullable Path recordOut;
    private @Nullable Path reportOut;
    private @Nullable Path checkpoint;
    private @Nullable SourceCacheLimit sourceCache;
    private int steps = DEFAULT_STEPS;
    private double guidance = DEFAULT_GUIDANCE;
    private int inversionIterations = 1;
    private long seed;
    private FrameRange frames = FrameRange.ALL;
    private @Nullable FrameSize size;
    private @Nullable Mapper mapper;
    private AttentionPlan.@Nullable Order order;
    private AttentionPlan.@Nullable Mode temporalMode;
    private AttentionPlan.@Nullable Polarity temporalPolarity;
    private MaskOptions masks = MaskOptions.STANDARD;
    private @Nullable StepWindow crossWindow;
    private @Nullable StepWindow selfWindow;
    private @Nullable StepWindow temporalWindow;
    private Map<String, StepWindow> wordWindows = new LinkedHashMap<>();
    private Map<String, Double> equalizer = new LinkedHashMap<>();
    private @Nullable StepWindow latentBlend;
    private @Nullable Integer latentBlendGrow;
    private boolean overwrite;
    private boolean truncate;
    private boolean strictSize;

    private Builder() {}

    private Builder(EditRequest request) {
      input = request.input;
      clip = request.clip;
      source = request.source;
      target = request.target;
      words = new ArrayList<>(request.words);
      preset = request.preset;
      output = request.output;
      sideBySide = request.sideBySide;
      masksOut = request.masksOut;
      recordOut = request.recordOut;
      reportOut = request.reportOut;
      checkpoint = request.checkpoint;
      sourceCache = request.sourceCache;
      steps = request.steps;
      guidance = request.guidance;
      inversionIterations = request.inversionIterations;
      seed = request.seed;
      frames = request.frames;
      size = request.size;
      mapper = request.mapper;
      order = request.order;
      temporalMode = request.temporalMode;
      temporalPolarity = request.temporalPolarity;
      masks = request.masks;
      crossWindow = request.crossWindow;
      selfWindow = request.selfWindow;
      temporalWindow = request.temporalWindow;
      wordWindows = new LinkedHashMap<>(request.wordWindows);
      equalizer = new LinkedHashMap<>(request.equalizer);
      latentBlend = request.latentBlend;
      latentBlendGrow = request.latentBlendGrow;
      overwrite = request.overwrite;
      truncate = request.truncate;
      strictSize = request.strictSize;
    }

    /** Reads the clip from a file or folder. */
    public Builder input(Path value) {
      input = value;
      clip = null;
      return this;
    }

    /** Takes a clip in memory. */
    public Builder input(Clip value) {
      clip = value;
      input = null;
      return this;
    }

    /** The prompt that describes the clip. */
    public Builder source(String value) {
      source = value;
      return this;
    }

    /** The prompt that describes the result. */
    public Builder target(String value) {
      target = value;
      return this;
    }

    /** Adds an object, written as {@link WordPair#parse} reads it, such as {@code car=bus}. */
    public Builder words(String value) {
      return words(WordPair.parse(value));
    }

    /** Adds an object. */
    public Builder words(WordPair value) {
      words.add(value);
      return this;
    }

    /** Replaces all objects. */
    public Builder words(List<WordPair> values) {
      words = new ArrayList<>(values);
      return this;
    }

    /** The kind of edit; default {@link Preset#SHAPE}. */
    public Builder preset(Preset value) {
      preset = value;
      return this;
    }

    /** Where the result goes; the extension chooses the format. Default: nowhere. */
    public Builder output(@Nullable Path value) {
      output = value;
      return this;
    }

    /** Where source and result beside each other go. Default: nowhere. */
    public Builder sideBySide(@Nullable Path value) {
      sideBySide = value;
      return this;
    }

    /** Where the masks go as a clip. Default: nowhere. */
    public Builder masksOut(@Nullable Path value) {
      masksOut = value;
      return this;
    }

    /** Where the run record goes. Default: nowhere. */
    public Builder recordOut(@Nullable Path value) {
      recordOut = value;
      return this;
    }

    /** Where a page about the edit goes: what went in, came out, and how. Default: nowhere. */
    public Builder reportOut(@Nullable Path value) {
      reportOut = value;
      return this;
    }

    /** Where the unfinished edit is kept, and goes on from. Default: nowhere. */
    public Builder checkpoint(@Nullable Path value) {
      checkpoint = value;
      return this;
    }

    /** How much of the source is kept from the inversion; null (default) for nothing. */
    public Builder sourceCache(@Nullable SourceCacheLimit value) {
      sourceCache = value;
      return this;
    }

    /** The number of DDIM steps; default 50. */
    public Builder steps(int value) {
      steps = value;
      return this;
    }

    /** Classifier-free guidance; default 7.5. */
    public Builder guidance(double value) {
      guidance = value;
      return this;
    }

    /** How often an inversion step may run the UNet; default 1, plain DDIM inversion. */
    public Builder inversionIterations(int value) {
      inversionIterations = value;
      return this;
    }

    /** The seed that is recorded; default 0. */
    public Builder seed(long value) {
      seed = value;
      return this;
    }

    /** Which frames; default all. */
    public Builder frames(FrameRange value) {
      frames = value;
      return this;
    }

    /** The working size; default the clip's own. */
    public Builder size(@Nullable FrameSize value) {
      size = value;
      return this;
    }

    /** How cross attention is brought to the target's words; default the preset's choice. */
    public Builder mapper(@Nullable Mapper value) {
      mapper = value;
      return this;
    }

    /** Whether that is done before or after the blend by mask; default the preset's. */
    public Builder order(AttentionPlan.@Nullable Order value) {
      order = value;
      return this;
    }

    /** What temporal fusion mixes; default the preset's. */
    public Builder temporalMode(AttentionPlan.@Nullable Mode value) {
      temporalMode = value;
      return this;
    }

    /** Whose temporal attention is taken inside the mask; default the preset's. */
    public Builder temporalPolarity(AttentionPlan.@Nullable Polarity value) {
      temporalPolarity = value;
      return this;
    }

    /** Mask options; default the preset's. */
    public Builder masks(MaskOptions value) {
      masks = value;
      return this;
    }

    /** When cross attention is fused; default the preset's. */
    public Builder crossWindow(@Nullable StepWindow value) {
      crossWindow = value;
      return this;
    }

    /** When self attention is fused; default the preset's. */
    public Builder selfWindow(@Nullable StepWindow value) {
      selfWindow = value;
      return this;
    }

    /** When temporal attention is fused; default the preset's. */
    public Builder temporalWindow(@Nullable StepWindow value) {
      temporalWindow = value;
      return this;
    }

    /** Adds the cross window of a word or phrase of the target. */
    public Builder wordWindow(String word, StepWindow window) {
      wordWindows.put(word, window);
      return this;
    }

    /** Adds the factor of a word or phrase of the target. */
    public Builder equalizer(String word, double factor) {
      equalizer.put(word, factor);
      return this;
    }

    /**
     * When latents outside of the mask return to the source's; default the preset's window. An
     * empty window switches it off.
     */
    public Builder latentBlend(@Nullable StepWindow value) {
      latentBlend = value;
      return this;
    }

    /** By how many latent pixels the mask of the latent blend is grown; default 1. */
    public Builder latentBlendGrow(@Nullable Integer value) {
      latentBlendGrow = value;
      return this;
    }

    /** Whether existing outputs are replaced; default false. */
    public Builder overwrite(boolean value) {
      overwrite = value;
      return this;
    }

    /** Whether prompts that are too long are cut off; default false. */
    public Builder truncate(boolean value) {
      truncate = value;
      return this;
    }

    /** Whether a size that does not fit the VAE is an error; default false. */
    public Builder strictSize(boolean value) {
      strictSize = value;
      return this;
    }

    /**
     * Makes the request.
     *
     * @throws InvalidInputException if something is missing or out of range
     */
    public EditRequest build() {
      return new EditRequest(
          input,
          clip,
          source,
          target,
          words,
          preset,
          output,
          sideBySide,
          masksOut,
          recordOut,
          reportOut,
          checkpoint,
          sourceCache,
          steps,
          guidance,
          inversionIterations,
          seed,
          frames,
          size,
          mapper,
          order,
          temporalMode,
          temporalPolarity,
          masks,
          crossWindow,
          selfWindow,
          temporalWindow,
          wordWindows,
          equalizer,
          latentBlend,
          latentBlendGrow,
          overwrite,
          truncate,
          strictSize);
    }
  }
}
