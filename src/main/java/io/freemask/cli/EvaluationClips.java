package io.freemask.cli;

import io.freemask.InvalidInputException;
import io.freemask.mask.Mask;
import io.freemask.video.Clip;
import io.freemask.video.FrameRange;
import io.freemask.video.FrameSource;
import io.freemask.video.MaskClip;
import java.nio.file.Path;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads the clips of an evaluation, each of which has the source's size and number of frames.
 *
 * @param source the clip before the edit
 * @param file where it was read from
 * @param cancelled asked between frames
 */
record EvaluationClips(Clip source, Path file, BooleanSupplier cancelled) {

  static EvaluationClips open(Path file, BooleanSupplier cancelled) {
    return new EvaluationClips(read(file, cancelled), file, cancelled);
  }

  private static Clip read(Path file, BooleanSupplier cancelled) {
    return FrameSource.open(file).read(FrameRange.ALL, cancelled);
  }

  /**
   * Reads a clip.
   *
   * @param option the option that named it
   * @throws InvalidInputException if its size or number of frames is not the source's
   */
  Clip clip(String option, Path path) {
    Clip clip = read(path, cancelled);
    if (!clip.size().equals(source.size()) || clip.frameCount() != source.frameCount()) {
      throw new InvalidInputException(
          option
              + " '"
              + path
              + "' has "
              + clip.frameCount()
              + " frames of "
              + clip.size()
              + ", expected "
              + source.frameCount()
              + " of "
              + source.size()
              + " as --source '"
              + file
              + "'");
    }
    return clip;
  }

  /** Reads a clip that may not be given. */
  @Nullable Clip clipIfGiven(String option, @Nullable Path path) {
    return path == null ? null : clip(option, path);
  }

  /**
   * Reads a mask that may not be given: 1 where it is more than half white.
   *
   * @throws InvalidInputException if its size or number of frames is not the source's
   */
  @Nullable Mask maskIfGiven(String option, @Nullable Path path) {
    if (path == null) {
      return null;
    }
    float[] values = MaskClip.of(clip(option, path)).values();
    for (int i = 0; i < values.length; i++) {
      values[i] = values[i] > 0.5f ? 1 : 0;
    }
    return Mask.of(source.frameCount(), source.size().height(), source.size().width(), values);
  }

  /**
   * Reads an object's mask that may not be given.
   *
   * @throws InvalidInputException as {@link #maskIfGiven}, or if it marks nothing
   */
  @Nullable Mask objectIfGiven(String option, @Nullable Path path) {
    Mask mask = maskIfGiven(option, path);
    if (mask != null && mask.coverage() == 0) {
      throw new InvalidInputException(
          option + " '" + path + "' marks nothing, expected white on the object");
    }
    return mask;
  }
}
