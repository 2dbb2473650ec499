package io.freemask.dataset;

import io.freemask.InvalidInputException;
import io.freemask.shapeworld.RenderedScene;
import io.freemask.shapeworld.Scene;
import io.freemask.shapeworld.SceneRenderer;
import io.freemask.video.FrameRate;
import io.freemask.video.FrameSize;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Rendered scenes with exact masks of their first object, which its colour and shape name: scenes 0
 * to count - 1 of a stream. The second object, where there is one, is background.
 */
final class ShapeWorldDataset implements Dataset {

  private static final String NAME = "shapeworld";
  private static final Pattern SPEC = Pattern.compile(NAME + "(?::(\\d{1,7})(?::(-?\\d{1,18}))?)?");

  private static final int DEFAULT_COUNT = 32;

  /** The stream of calibrations: no other part of this project draws its scenes from it. */
  private static final long DEFAULT_SEED = 2409_20500;

  private static final FrameSize DEFAULT_SIZE = new FrameSize(128, 128);
  private static final FrameRate FRAME_RATE = FrameRate.of(8);

  private final int count;
  private final long seed;
  private final int frames;
  private final FrameSize size;

  private ShapeWorldDataset(int count, long seed, int frames, FrameSize size) {
    this.count = count;
    this.seed = seed;
    this.frames = frames;
    this.size = size;
  }

  /** Returns whether a text asks for rendered scenes instead of a folder. */
  static boolean isMeant(String spec) {
    return spec.equals(NAME) || spec.startsWith(NAME + ":");
  }

  static ShapeWorldDataset parse(String spec, int frames, @Nullable FrameSize size) {
    Matcher m = SPEC.matcher(spec);
    int count = 0;
    if (m.matches()) {
      count = m.group(1) == null ? DEFAULT_COUNT : Integer.parseInt(m.group(1));
    }
    if (count < 1) {
      throw new InvalidInputException(
          "dataset is '"
              + spec
              + "', expected shapeworld[:count[:seed]] with a count of at least 1, such as "
              + "shapeworld:32");
    }
    long seed = m.group(2) == null ? DEFAULT_SEED : Long.parseLong(m.group(2));
    return new ShapeWorldDataset(count, seed, frames, size == null ? DEFAULT_SIZE : size);
  }

  @Override
  public int size() {
    return count;
  }

  @Override
  public String name(int index) {
    return "scene-" + index;
  }

  @Override
  public LabeledClip load(int index) {
    Scene scene = Scene.sample(seed, index);
    RenderedScene rendered = SceneRenderer.render(scene, frames, size, FRAME_RATE);
    return new LabeledClip(
        name(index),
        rendered.clip(),
        scene.caption(),
        List.of(scene.objectWords()),
        rendered.object());
  }

  @Override
  public String spec() {
    return NAME + ":" + count + ":" + seed;
  }
}
