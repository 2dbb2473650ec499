package io.freemask.dataset;

import io.freemask.InvalidInputException;
import io.freemask.mask.Mask;
import io.freemask.video.Clip;
import java.util.List;

/**
 * A clip with its prompt and the mask of the objects that some of its words name.
 *
 * @param name unique in its dataset
 * @param clip the frames
 * @param prompt what the clip shows
 * @param objects for each object its words or phrases in the prompt
 * @param mask [F,H,W], 1 on the objects and 0 elsewhere, at the clip's size; marks a pixel
 */
public record LabeledClip(
    String name, Clip clip, String prompt, List<List<String>> objects, Mask mask) {

  /** Checks that mask and clip fit each other and that the mask marks something; copies. */
  public LabeledClip {
    objects = objects.stream().map(List::copyOf).toList();
    if (objects.isEmpty() || objects.stream().anyMatch(List::isEmpty)) {
      throw new InvalidInputException(
          "clip '" + name + "' has no words, expected at least one word of its prompt");
    }
    if (mask.frames() != clip.frameCount()
        || mask.height() != clip.size().height()
        || mask.width() != clip.size().width()) {
      throw new InvalidInputException(
          "clip '"
              + name
              + "': the mask is "
              + mask
              + ", expected ["
              + clip.frameCount()
              + ","
              + clip.size().height()
              + ","
              + clip.size().width()
              + "] as the frames");
    }
    if (mask.coverage() == 0) {
      throw new InvalidInputException(
          "clip '" + name + "': the mask is empty, expected the object in at least one frame");
    }
  }
}
