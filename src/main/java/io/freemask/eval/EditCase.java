package io.freemask.eval;

import io.freemask.edit.Preset;
import io.freemask.shapeworld.Scene;
import java.util.List;

/**
 * An edit whose ideal result is known.
 *
 * @param name unique in its benchmark, such as {@code shape-07}
 * @param kind which attribute changes
 * @param source the scene
 * @param ideal the same scene with the attribute changed
 */
public record EditCase(String name, Kind kind, Scene source, Scene ideal) {

  /** The attribute that changes, and the preset that such edits take. */
  public enum Kind {
    /** The object's colour. */
    COLOR(Preset.ATTRIBUTE),
    /** The object's shape. */
    SHAPE(Preset.SHAPE),
    /** The style of the whole clip. */
    STYLE(Preset.STYLE);

    private final Preset preset;

    Kind(Preset preset) {
      this.preset = preset;
    }

    /** Returns the preset. */
    public Preset preset() {
      return preset;
    }
  }

  /** Returns the words of the object, as {@link io.freemask.edit.MaskRule#objects} takes them. */
  public List<List<String>> objects() {
    return List.of(source.objectWords());
  }
}
