package io.freemask;

import io.freemask.video.Clip;
import io.freemask.video.ClipInfo;
import io.freemask.video.FrameRange;
import io.freemask.video.FrameSize;
import io.freemask.video.FrameSource;
import io.freemask.video.Resize;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** The clip of a request: which frames, at which size. */
final class WorkingClip {

  private WorkingClip() {}

  /** Reads the frames of a request at their own size. */
  static Clip read(EditRequest request, BooleanSupplier cancelled) {
    Path input = request.input();
    return input == null
        ? select(inMemory(request), request.frames())
        : FrameSource.open(input).read(request.frames(), cancelled);
  }

  /** Returns the size of a request's input, and notices what of it is not used. */
  static FrameSize inputSize(EditRequest request, List<String> notices) {
    Path input = request.input();
    if (input == null) {
      return inMemory(request).size();
    }
    ClipInfo info = FrameSource.open(input).info();
    if (info.audio()) {
      notices.add("the audio of '" + input + "' is dropped");
    }
    return info.size();
  }

  private static Clip inMemory(EditRequest request) {
    Clip clip = request.clip();
    if (clip == null) {
      throw new IllegalStateException("a request has an input or a clip");
    }
    return clip;
  }

  /** Returns how many frames a request takes, decoding only where the file does not say. */
  static int frameCount(EditRequest request) {
    FrameRange range = request.frames();
    Path input = request.input();
    if (input != null) {
      OptionalLong all = FrameSource.open(input).info().frameCount();
      if (all.isPresent() && all.getAsLong() > range.start()) {
        long left = all.getAsLong() - range.start();
        long most = (left + range.stride() - 1) / range.stride();
        long wanted = range.count().orElse(Math.toIntExact(most));
        if (wanted <= most) {
          return Math.toIntExact(wanted);
        }
      }
    }
    // The frames themselves decide, and their reader says what does not fit.
    return read(request, () -> false).frameCount();
  }

  /**
   * Returns the size to work at.
   *
   * @param wanted the size asked for, or null for the input's
   * @param factor of the VAE: both sides are multiples of it
   * @param notices gets what was changed
   * @throws InvalidInputException if the size is no multiple and strict
   */
  static FrameSize workingSize(
      FrameSize input,
      @Nullable FrameSize wanted,
      int factor,
      boolean strict,
      List<String> notices) {
    FrameSize size = wanted == null ? input : wanted;
    if (strict) {
      return size.requireMultipleOf(factor);
    }
    FrameSize nearest = size.nearest(factor);
    if (!nearest.equals(size)) {
      notices.add(
          "working at " + nearest + ", since " + size + " is no multiple of " + factor + " pixels");
    }
    return nearest;
  }

  /** Brings a clip to the working size: its aspect is kept, what sticks out is cut off. */
  static Clip resize(Clip clip, FrameSize size) {
    return Resize.apply(clip, size, Resize.Fit.CROP);
  }

  private static Clip select(Clip clip, FrameRange range) {
    List<byte[]> frames = new ArrayList<>();
    for (int i = range.start(); i < clip.frameCount(); i += range.stride()) {
      if (range.count().isEmpty() || frames.size() < range.count().getAsInt()) {
        frames.add(clip.frames().get(i));
      }
    }
    if (frames.isEmpty()
        || (range.count().isPresent() && frames.size() < range.count().getAsInt())) {
      throw new InvalidInputException(
          "the clip has "
              + clip.frameCount()
              + " frames, which gives "
              + frames.size()
              + " from frame "
              + range.start()
              + " with stride "
              + range.stride()
              + (range.count().isPresent() ? ", expected " + range.count().getAsInt() : ""));
    }
    return new Clip(clip.size(), clip.frameRate().everyNth(range.stride()), frames);
  }
}
