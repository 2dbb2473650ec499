package io.freemask.shapeworld;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a clip shows. Lengths are in units of half the frame's height; (0,0) is the frame's middle,
 * x grows to the right and y down.
 *
 * <p>The ideal edit of a scene's clip is the clip of {@link #withColor} and its like: nothing else
 * changes. Outside of both clips' object masks pixels stay as they are but for the soft edges: up
 * to 4 pixels around a mask, 6 in a pencil sketch, 10 in a neon painting, whose lines and glow are
 * part of the object's picture.
 *
 * @param style of the whole clip
 * @param color of the first object
 * @param shape of the first object
 * @param motion of the first object
 * @param background behind the objects
 * @param seed of the background's texture
 * @param size the first object's radius, about; above 0
 * @param px the first object's place: its x is 0.9 px W/H, 0.3 times that while it moves across
 * @param py the first object's place: its y, 0.3 times that while it moves up or down
 * @param phase of the waves, 0 to 1
 * @param second another object, which stands still in the corner away from the first, or null
 */
public record Scene(
    SceneStyle style,
    SceneColor color,
    SceneShape shape,
    SceneMotion motion,
    SceneBackground background,
    long seed,
    double size,
    double px,
    double py,
    double phase,
    @Nullable SecondObject second) {

  private static final double PLAIN = 0.64;
  private static final double TWO_OBJECTS = 0.25;

  // Channels of the hash that draws scenes.
  private static final int STYLE = 0;
  private static final int COLOR = 1;
  private static final int SHAPE = 2;
  private static final int MOTION = 3;
  private static final int BACKGROUND = 4;
  private static final int SEED = 5;
  private static final int SIZE = 6;
  private static final int PX = 7;
  private static final int PY = 8;
  private static final int PHASE = 9;
  private static final int SECOND = 10;
  private static final int SECOND_COLOR = 11;
  private static final int SECOND_SHAPE = 12;

  private static final List<SceneStyle> STYLES = List.of(SceneStyle.values());
  private static final List<SceneColor> COLORS = List.of(SceneColor.values());
  private static final List<SceneShape> SHAPES = List.of(SceneShape.values());
  private static final List<SceneMotion> MOTIONS = List.of(SceneMotion.values());
  private static final List<SceneBackground> BACKGROUNDS = List.of(SceneBackground.values());

  /**
   * The second object.
   *
   * @param color its colour
   * @param shape its shape
   */
  public record SecondObject(SceneColor color, SceneShape shape) {

    /** Returns the words that name it: its colour and its shape. */
    public List<String> words() {
      return List.of(color.word(), shape.word());
    }
  }

  /** Checks that the numbers are finite and that the object has a size. */
  public Scene {
    if (!(size > 0 && Double.isFinite(size))) {
      throw new IllegalArgumentException("size is " + size + ", expected a number above 0");
    }
    requireFinite("px", px);
    requireFinite("py", py);
    requireFinite("phase", phase);
  }

  private static void requireFinite(String name, double value) {
    if (!Double.isFinite(value)) {
      throw new IllegalArgumentException(name + " is " + value + ", expected a finite number");
    }
  }

  /** Returns scene number {@code index} of the stream {@code seed}; the same everywhere. */
  public static Scene sample(long seed, long index) {
    SceneColor color = pick(COLORS, seed, COLOR, index);
    SceneShape shape = pick(SHAPES, seed, SHAPE, index);
    SecondObject second = null;
    if (SceneHash.uniform(seed, SECOND, index) < TWO_OBJECTS) {
      second =
          new SecondObject(
              pick(others(COLORS, color), seed, SECOND_COLOR, index),
              pick(others(SHAPES, shape), seed, SECOND_SHAPE, index));
    }
    return new Scene(
        style(SceneHash.uniform(seed, STYLE, index)),
        color,
        shape,
        pick(MOTIONS, seed, MOTION, index),
        pick(BACKGROUNDS, seed, BACKGROUND, index),
        SceneHash.hash(seed, SEED, index) >>> 1,
        between(0.42, 0.62, seed, SIZE, index),
        between(-0.35, 0.35, seed, PX, index),
        between(-0.3, 0.3, seed, PY, index),
        SceneHash.uniform(seed, PHASE, index),
        second);
  }

  /** Plain for 0.64 of the scenes; the other styles share the rest evenly. */
  private static SceneStyle style(double u) {
    return u < PLAIN
        ? SceneStyle.PLAIN
        : STYLES.get(Math.min(3, 1 + (int) ((u - PLAIN) / ((1 - PLAIN) / 3))));
  }

  private static <T> T pick(List<T> values, long seed, int channel, long index) {
    return values.get((int) (SceneHash.uniform(seed, channel, index) * values.size()));
  }

  private static <T> List<T> others(List<T> values, T value) {
    return values.stream().filter(other -> !other.equals(value)).toList();
  }

  private static double between(double low, double high, long seed, int channel, long index) {
    return low + (high - low) * SceneHash.uniform(seed, channel, index);
  }

  /** Returns the prompt, such as {@code a red car moving left and a blue star on grass}. */
  public String caption() {
    String text = style.prefix() + "a " + color.word() + " " + shape.word() + " " + motion.word();
    if (second != null) {
      text += " and a " + String.join(" ", second.words());
    }
    return text + " " + background.phrase();
  }

  /** Returns the words that name the first object: its colour and its shape. */
  public List<String> objectWords() {
    return List.of(color.word(), shape.word());
  }

  /** Returns the same scene with the first object in another colour. */
  public Scene withColor(SceneColor value) {
    return new Scene(style, value, shape, motion, background, seed, size, px, py, phase, second);
  }

  /** Returns the same scene with the first object in another shape. */
  public Scene withShape(SceneShape value) {
    return new Scene(style, color, value, motion, background, seed, size, px, py, phase, second);
  }

  /** Returns the same scene in another style. */
  public Scene withStyle(SceneStyle value) {
    return new Scene(value, color, shape, motion, background, seed, size, px, py, phase, second);
  }

  /** Returns the same scene with another motion of the first object. */
  public Scene withMotion(SceneMotion value) {
    return new Scene(style, color, shape, value, background, seed, size, px, py, phase, second);
  }

  /** Returns the same scene before another background. */
  public Scene withBackground(SceneBackground value) {
    return new Scene(style, color, shape, motion, value, seed, size, px, py, phase, second);
  }

  /** Returns the same scene with another second object, or none. */
  public Scene withSecond(@Nullable SecondObject value) {
    return new Scene(style, color, shape, motion, background, seed, size, px, py, phase, value);
  }
}
