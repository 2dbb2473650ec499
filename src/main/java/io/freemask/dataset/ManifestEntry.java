package io.freemask.dataset;

import java.util.List;

/**
 * A clip of a manifest.
 *
 * @param name unique in its manifest
 * @param frames path of the frames, relative to the dataset's folder
 * @param masks path of the masks, relative to the dataset's folder
 * @param prompt what the clip shows
 * @param objects for each object its words or phrases in the prompt
 */
record ManifestEntry(
    String name, String frames, String masks, String prompt, List<List<String>> objects) {

  /** Copies the lists. */
  ManifestEntry {
    objects = objects.stream().map(List::copyOf).toList();
  }
}
