package io.freemask.dataset;

/** Clips with masks, loaded one at a time. */
public interface Dataset {

  /** Returns the number of clips, at least 1. */
  int size();

  /** Returns the name of a clip, unique in this dataset. */
  String name(int index);

  /**
   * Loads a clip.
   *
   * @param index 0 to size - 1
   * @throws io.freemask.InvalidInputException if a file is missing or unreadable, or the mask is
   *     empty or does not fit the frames
   */
  LabeledClip load(int index);

  /** Returns the text that names this dataset, such as {@code shapeworld:32}. */
  String spec();

  /**
   * Returns a SHA-256 in lower-case hexadecimal: equal for datasets that hold the same clips.
   *
   * @throws io.freemask.InvalidInputException if a file cannot be read
   */
  String hash();
}
