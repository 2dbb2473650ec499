package io.freemask.eval;

import io.freemask.InvalidInputException;
import io.freemask.shapeworld.Scene;
import io.freemask.shapeworld.SceneBackground;
import io.freemask.shapeworld.SceneColor;
import io.freemask.shapeworld.SceneMotion;
import io.freemask.shapeworld.SceneShape;
import io.freemask.shapeworld.SceneStyle;
import io.freemask.video.FrameSize;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * ShapeWorld-Edit: 72 edits of rendered clips, 24 each of colour, shape and style, with exact masks
 * and ideal results. Number n of a kind has motion n mod 8 and background n mod 6; every fourth
 * scene has a second object. All else comes from a stream of scenes that nothing is trained on.
 */
public final class ShapeWorldEdit {

  /** Edits of each kind. */
  public static final int OF_EACH_KIND = 24;

  /** Edits of each kind in the quick set. */
  public static final int QUICK_OF_EACH_KIND = 2;

  /** Frames of each clip. */
  public static final int FRAMES = 8;

  /** Size of each clip. */
  public static final FrameSize SIZE = new FrameSize(128, 128);

  /** The benchmark's stream of scenes; edits of another are for finding out what is then shown. */
  public static final long SEED = 72;

  private static final int SECOND_OBJECT_EVERY = 4;

  private static final List<SceneMotion> MOTIONS = List.of(SceneMotion.values());
  private static final List<SceneBackground> BACKGROUNDS = List.of(SceneBackground.values());
  private static final List<SceneColor> COLORS = List.of(SceneColor.values());
  private static final List<SceneShape> SHAPES = List.of(SceneShape.values());
  private static final List<SceneStyle> STYLES = List.of(SceneStyle.values());

  private ShapeWorldEdit() {}

  /** Returns all 72 edits. */
  public static List<EditCase> all() {
    return firstOfEach(OF_EACH_KIND, SEED);
  }

  /** Returns six of them, two of each kind. */
  public static List<EditCase> quick() {
    return firstOfEach(QUICK_OF_EACH_KIND, SEED);
  }

  /**
   * Returns the first edits of each kind.
   *
   * @param ofEachKind how many, 1 to 24
   * @param seed of the stream of scenes
   * @throws InvalidInputException if there are not as many
   */
  public static List<EditCase> firstOfEach(int ofEachKind, long seed) {
    if (ofEachKind < 1 || ofEachKind > OF_EACH_KIND) {
      throw new InvalidInputException(
          ofEachKind + " edits of each kind, expected 1 to " + OF_EACH_KIND);
    }
    List<EditCase> cases = new ArrayList<>();
    int index = 0;
    for (EditCase.Kind kind : EditCase.Kind.values()) {
      for (int n = 0; n < ofEachKind; n++) {
        Scene source = source(seed, index + n, n);
        String name = "%s-%02d".formatted(kind.name().toLowerCase(Locale.ROOT), n);
        cases.add(
            new EditCase(
                seed == SEED ? name : "seed-" + seed + "-" + name,
                kind,
                source,
                ideal(kind, source, n)));
      }
      index += OF_EACH_KIND;
    }
    return List.copyOf(cases);
  }

  private static Scene source(long seed, int index, int n) {
    Scene scene = Scene.sample(seed, index);
    boolean two = n % SECOND_OBJECT_EVERY == SECOND_OBJECT_EVERY - 1;
    Scene.SecondObject second =
        new Scene.SecondObject(
            next(COLORS, scene.color(), 1 + n % (COLORS.size() - 1)),
            next(SHAPES, scene.shape(), 1 + n % (SHAPES.size() - 1)));
    return scene
        .withStyle(SceneStyle.PLAIN)
        .withMotion(MOTIONS.get(n % MOTIONS.size()))
        .withBackground(BACKGROUNDS.get(n % BACKGROUNDS.size()))
        .withSecond(two ? second : null);
  }

  /** Returns the edit's target; it differs from what the second object has. */
  private static Scene ideal(EditCase.Kind kind, Scene source, int n) {
    Scene.SecondObject second = source.second();
    return switch (kind) {
      case COLOR -> {
        SceneColor color = next(COLORS, source.color(), 1 + (n + 3) % (COLORS.size() - 1));
        yield source.withColor(
            second != null && color == second.color() ? next(COLORS, color, 1) : color);
      }
      case SHAPE -> {
        SceneShape shape = next(SHAPES, source.shape(), 1 + (n + 3) % (SHAPES.size() - 1));
        yield source.withShape(
            second != null && shape == second.shape() ? next(SHAPES, shape, 1) : shape);
      }
      case STYLE -> source.withStyle(STYLES.get(1 + n % (STYLES.size() - 1)));
    };
  }

  private static <T> T next(List<T> values, T value, int steps) {
    return values.get((values.indexOf(value) + steps) % values.size());
  }
}
