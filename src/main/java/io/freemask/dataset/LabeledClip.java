package io.freemask.dataset;

import io.freemask.InvalidInputException;
import io.freemask.internal.cache.CacheDirectory;
import io.freemask.mask.Mask;
import io.freemask.video.Clip;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
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

  /**
   * Returns the SHA-256 of prompt, words, frames and mask in lower-case hexadecimal: equal for
   * clips that give equal measurements, wherever they come from.
   */
  public String hash() {
    MessageDigest digest = CacheDirectory.newSha256();
    String head = prompt + "\n" + objects + "\n" + clip.size() + " " + mask + "\n";
    digest.update(head.getBytes(StandardCharsets.UTF_8));
    clip.frames().forEach(digest::update);
    float[] values = mask.values();
    byte[] marked = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      marked[i] = (byte) (values[i] > 0.5f ? 1 : 0);
    }
    digest.update(marked);
    return HexFormat.of().formatHex(digest.digest());
  }
}
