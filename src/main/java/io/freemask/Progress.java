package io.freemask;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/**
 * How far a run is.
 *
 * @param phase what is being done
 * @param step steps of the phase that are done, 0 to total
 * @param total steps of the phase, at least 1
 * @param elapsed since the run began
 * @param remaining of this phase, from the speed so far; empty before its first step is done
 */
public record Progress(
    Phase phase, int step, int total, Duration elapsed, Optional<Duration> remaining) {

  /** The phases of a run, in order; a run need not have all of them. */
  public enum Phase {
    /** Decoding the clip. */
    READING,
    /** Loading weights. */
    LOADING,
    /** From pixels to latents, by frame. */
    ENCODING,
    /** From the clip's latents to noise, by DDIM step. */
    INVERSION,
    /** Inverting and measuring the clips of a calibration, by DDIM step of all clips. */
    CALIBRATION,
    /** Editing and measuring a benchmark, by edit. */
    ABLATION,
    /** From noise to the result, by DDIM step. */
    DENOISING,
    /** From latents to pixels, by frame. */
    DECODING,
    /** Encoding and writing the outputs, by output. */
    WRITING;

    /** Returns the name in lower case. */
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Checks the counts. */
  public Progress {
    if (total < 1 || step < 0 || step > total) {
      throw new IllegalArgumentException(
          "step is " + step + " of " + total + ", expected 0 <= step <= total and total >= 1");
    }
  }
}
