package io.freemask;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A look at what an edit's masks are chosen from.
 *
 * @param edit the edit whose masks are looked at: its clip, source prompt, words, preset, masks and
 *     steps count, and its target may be its source. It is not run, and its outputs are not written
 * @param truth the ground truth of the object, white on it: a clip, image or image folder of any
 *     size; null for none
 * @param report where the page goes (HTML), or null
 */
public record InspectRequest(EditRequest edit, @Nullable Path truth, @Nullable Path report) {

  /** Checks that there is an object to look at. */
  public InspectRequest {
    if (edit.words().isEmpty()) {
      throw new InvalidInputException("there are no words, expected an object's such as car");
    }
  }
}
