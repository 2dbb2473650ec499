package io.freemask;

import io.freemask.video.FrameRate;
import io.freemask.video.FrameSize;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A clip to make from a prompt alone. Made by {@link #builder}.
 *
 * @param prompt what the clip shows
 * @param output where it goes; null keeps it in memory alone
 * @param recordOut where the run record goes (JSON), or null
 * @param steps T, the number of DDIM steps
 * @param guidance g of classifier-free guidance
 * @param seed of the noise; the same seed gives the same noise on any machine
 * @param frames F
 * @param size of the clip; null for the model's own
 * @param frameRate of the clip
 * @param overwrite whether existing outputs are replaced
 * @param truncate whether a prompt that is too long is cut off
 * @param strictSize whether a size that does not fit the VAE is an error instead of being rounded
 */
public record GenerateRequest(
    String prompt,
    @Nullable Path output,
    @Nullable Path recordOut,
    int steps,
    double guidance,
    long seed,
    int frames,
    @Nullable FrameSize size,
    FrameRate frameRate,
    boolean overwrite,
    boolean truncate,
    boolean strictSize) {

  /** Frames where a request names no number. */
  public static final int DEFAULT_FRAMES = 8;

  /** Checks the ranges. */
  public GenerateRequest {
    if (prompt.isBlank()) {
      throw new InvalidInputException("prompt is empty, expected at least one word");
    }
    if (steps < 1) {
      throw new InvalidInputException("steps is " + steps + ", expected at least 1");
    }
    if (!Double.isFinite(guidance)) {
      throw new InvalidInputException("guidance is " + guidance + ", expected a finite number");
    }
    if (frames < 1) {
      throw new InvalidInputException("frames is " + frames + ", expected at least 1");
    }
  }

  /** Returns a builder for a prompt. */
  public static Builder builder(String prompt) {
    return new Builder(prompt);
  }

  /** Returns a builder that starts from this request. */
  public Builder toBuilder() {
    return new Builder(prompt)
        .output(output)
        .recordOut(recordOut)
        .steps(steps)
        .guidance(guidance)
        .seed(seed)
        .frames(frames)
        .size(size)
        .frameRate(frameRate)
        .overwrite(overwrite)
        .truncate(truncate)
        .strictSize(strictSize);
  }

  /** Collects a request; what is not set has the default that its method names. */
  public static final class Builder {

    private String prompt;
    private @Nullable Path output;
    private @Nullable Path recordOut;
    private int steps = EditRequest.DEFAULT_STEPS;
    private double guidance = EditRequest.DEFAULT_GUIDANCE;
    private long seed;
    private int frames = DEFAULT_FRAMES;
    private @Nullable FrameSize size;
    private FrameRate frameRate = FrameRate.of(8);
    private boolean overwrite;
    private boolean truncate;
    private boolean strictSize;

    private Builder(String prompt) {
      this.prompt = prompt;
    }

    /** What the clip shows. */
    public Builder prompt(String value) {
      prompt = value;
      return this;
    }

    /** Where the clip goes; the extension chooses the format. Default: nowhere. */
    public Builder output(@Nullable Path value) {
      output = value;
      return this;
    }

    /** Where the run record goes. Default: nowhere. */
    public Builder recordOut(@Nullable Path value) {
      recordOut = value;
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

    /** The seed of the noise; default 0. */
    public Builder seed(long value) {
      seed = value;
      return this;
    }

    /** The number of frames; default 8. */
    public Builder frames(int value) {
      frames = value;
      return this;
    }

    /** The size; default the model's own. */
    public Builder size(@Nullable FrameSize value) {
      size = value;
      return this;
    }

    /** The frame rate; default 8 frames a second. */
    public Builder frameRate(FrameRate value) {
      frameRate = value;
      return this;
    }

    /** Whether existing outputs are replaced; default false. */
    public Builder overwrite(boolean value) {
      overwrite = value;
      return this;
    }

    /** Whether a prompt that is too long is cut off; default false. */
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
     * @throws InvalidInputException if something is out of range
     */
    public GenerateRequest build() {
      return new GenerateRequest(
          prompt,
          output,
          recordOut,
          steps,
          guidance,
          seed,
          frames,
          size,
          frameRate,
          overwrite,
          truncate,
          strictSize);
    }
  }
}
