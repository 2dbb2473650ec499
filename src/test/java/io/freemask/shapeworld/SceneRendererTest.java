package io.freemask.shapeworld;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.freemask.mask.Mask;
import io.freemask.video.FrameRate;
import io.freemask.video.FrameSize;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Against scenes that the Python renderer drew (training/make_scene_fixtures.py). */
class SceneRendererTest {

  /** A mask's pixel may differ where the renderers' arithmetic rounds a half differently. */
  private static final int MASK_DIFFERENCES = 2;

  private static final int PIXEL_DIFFERENCE = 2;
  private static final FrameRate RATE = FrameRate.of(8);

  private static final Map<String, byte[]> FILES = new HashMap<>();
  private static JsonNode document;

  @BeforeAll
  static void read() throws IOException {
    try (InputStream in = SceneRendererTest.class.getResourceAsStream("/shapeworld/scenes.zip");
        ZipInputStream zip = new ZipInputStream(in)) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        FILES.put(entry.getName(), zip.readAllBytes());
      }
    }
    document = JsonMapper.builder().build().readTree(FILES.get("scenes.json"));
  }

  private static Scene scene(JsonNode node) {
    return new Scene(
        SceneStyle.values()[node.get("style").asInt()],
        SceneColor.values()[node.get("color").asInt()],
        SceneShape.values()[node.get("shape").asInt()],
        SceneMotion.values()[node.get("motion").asInt()],
        SceneBackground.values()[node.get("bg").asInt()],
        node.get("seed").asLong(),
        node.get("size").asDouble(),
        node.get("px").asDouble(),
        node.get("py").asDouble(),
        node.get("phase").asDouble(),
        node.has("color2")
            ? new Scene.SecondObject(
                SceneColor.values()[node.get("color2").asInt()],
                SceneShape.values()[node.get("shape2").asInt()])
            : null);
  }

  @Test
  void samplesTheSameScenes() {
    long stream = document.get("stream").asLong();
    for (int i = 0; i < document.get("scenes").size(); i++) {
      JsonNode expected = document.get("scenes").get(i).get("sampled");
      Scene sampled = Scene.sample(stream, i);
      assertThat(sampled).isEqualTo(scene(expected));
      assertThat(sampled.caption()).isEqualTo(expected.get("caption").asText());
    }
  }

  @Test
  void drawsTheSamePixels() {
    int step = document.get("step").asInt();
    for (int i = 0; i < document.get("scenes").size(); i++) {
      JsonNode expected = document.get("scenes").get(i);
      Scene scene = scene(expected);
      assertThat(scene.caption()).isEqualTo(expected.get("caption").asText());
      int frames = expected.get("frames").asInt();
      FrameSize size = new FrameSize(expected.get("width").asInt(), expected.get("height").asInt());
      RenderedScene drawn = SceneRenderer.render(scene, frames, size, RATE);
      int offset = expected.get("offset").asInt();
      byte[] pixels = FILES.get(i + ".rgb");
      byte[] bits = FILES.get(i + ".masks");
      int at = 0;
      int bit = 0;
      int worst = 0;
      int wrong = 0;
      for (int f : new int[] {0, frames / 2, frames - 1}) {
        byte[] frame = drawn.clip().frames().get(f);
        for (int y = offset; y < size.height(); y += step) {
          for (int x = offset; x < size.width(); x += step) {
            for (int c = 0; c < 3; c++) {
              int actual = frame[3 * (y * size.width() + x) + c] & 0xff;
              worst = Math.max(worst, Math.abs(actual - (pixels[at++] & 0xff)));
            }
          }
        }
        for (Mask mask : new Mask[] {drawn.object(), drawn.secondObject()}) {
          for (int y = 0; y < size.height(); y++) {
            for (int x = 0; x < size.width(); x++, bit++) {
              boolean marked = (bits[bit / 8] >> (7 - bit % 8) & 1) == 1;
              wrong += marked == (mask.at(f, y, x) == 1) ? 0 : 1;
            }
          }
        }
      }
      assertThat(at).isEqualTo(pixels.length);
      assertThat(worst).as("scene %d: %s", i, scene).isLessThanOrEqualTo(PIXEL_DIFFERENCE);
      assertThat(wrong).as("scene %d: %s", i, scene).isLessThanOrEqualTo(MASK_DIFFERENCES);
    }
  }

  @Test
  void theFixtureHasEveryValue() {
    Set<Object> seen = new HashSet<>();
    int second = 0;
    for (JsonNode node : document.get("scenes")) {
      Scene scene = scene(node);
      seen.add(scene.style());
      seen.add(scene.shape());
      seen.add(scene.motion());
      seen.add(scene.background());
      seen.add(scene.color());
      second += scene.second() == null ? 0 : 1;
    }
    assertThat(seen)
        .containsAll(EnumSet.allOf(SceneStyle.class))
        .containsAll(EnumSet.allOf(SceneShape.class))
        .containsAll(EnumSet.allOf(SceneMotion.class))
        .containsAll(EnumSet.allOf(SceneBackground.class))
        .containsAll(EnumSet.allOf(SceneColor.class));
    assertThat(second).isPositive();
  }

  /** How far an object's picture goes beyond its mask, in pixels, farthest at a star's tips. */
  private static int reach(SceneStyle style) {
    return switch (style) {
      case PLAIN, SEPIA_PHOTO -> 4;
      case PENCIL_SKETCH -> 6;
      case NEON_PAINTING -> 10;
    };
  }

  @ParameterizedTest
  @EnumSource(SceneStyle.class)
  void theIdealEditChangesNothingOutsideOfBothObjects(SceneStyle style) {
    FrameSize size = new FrameSize(64, 48);
    for (int i = 0; i < 24; i++) {
      Scene scene = Scene.sample(5, i).withStyle(style);
      SceneColor color = scene.color() == SceneColor.RED ? SceneColor.BLUE : SceneColor.RED;
      SceneShape shape = scene.shape() == SceneShape.STAR ? SceneShape.CAR : SceneShape.STAR;
      for (Scene edit : new Scene[] {scene.withColor(color), scene.withShape(shape)}) {
        RenderedScene before = SceneRenderer.render(scene, 3, size, RATE);
        RenderedScene after = SceneRenderer.render(edit, 3, size, RATE);
        Mask either = before.object().union(after.object());
        int changedInside = 0;
        for (int f = 0; f < 3; f++) {
          for (int y = 0; y < size.height(); y++) {
            for (int x = 0; x < size.width(); x++) {
              boolean changed = false;
              for (int c = 0; c < 3; c++) {
                int k = 3 * (y * size.width() + x) + c;
                changed |= before.clip().frames().get(f)[k] != after.clip().frames().get(f)[k];
              }
              boolean near = isNear(either, f, y, x, reach(style));
              assertThat(changed && !near).as("%s, frame %d, %d,%d", edit, f, y, x).isFalse();
              changedInside += changed ? 1 : 0;
            }
          }
        }
        assertThat(changedInside).isPositive();
      }
    }
  }

  private static boolean isNear(Mask mask, int f, int y, int x, int reach) {
    for (int v = Math.max(0, y - reach); v <= Math.min(mask.height() - 1, y + reach); v++) {
      for (int u = Math.max(0, x - reach); u <= Math.min(mask.width() - 1, x + reach); u++) {
        if (mask.at(f, v, u) > 0) {
          return true;
        }
      }
    }
    return false;
  }

  @ParameterizedTest
  @EnumSource(SceneMotion.class)
  void movesAsItsWordsSay(SceneMotion motion) {
    for (FrameSize size : List.of(new FrameSize(128, 128), new FrameSize(160, 96))) {
      Scene scene = Scene.sample(1, 3).withSecond(null).withMotion(motion);
      Mask mask = SceneRenderer.render(scene, 8, size, RATE).object();
      Shadow first = Shadow.of(mask, 0);
      Shadow last = Shadow.of(mask, 7);
      double travel = 0.2 * size.height();
      switch (motion) {
        case MOVING_LEFT -> assertThat(last.x()).isLessThan(first.x() - travel);
        case MOVING_RIGHT -> assertThat(last.x()).isGreaterThan(first.x() + travel);
        case MOVING_UP -> assertThat(last.y()).isLessThan(first.y() - travel);
        case MOVING_DOWN -> assertThat(last.y()).isGreaterThan(first.y() + travel);
        case GROWING -> assertThat(last.area()).isGreaterThan(2 * first.area());
        case SHRINKING -> assertThat(last.area()).isLessThan(first.area() / 2);
        case SPINNING, STANDING_STILL ->
            assertThat(last.area()).isBetween(0.9 * first.area(), 1.1 * first.area());
      }
    }
  }

  /** Area and centre of a mask's frame. */
  private record Shadow(double area, double x, double y) {

    static Shadow of(Mask mask, int frame) {
      double area = 0;
      double sumX = 0;
      double sumY = 0;
      for (int y = 0; y < mask.height(); y++) {
        for (int x = 0; x < mask.width(); x++) {
          area += mask.at(frame, y, x);
          sumX += mask.at(frame, y, x) * x;
          sumY += mask.at(frame, y, x) * y;
        }
      }
      return new Shadow(area, sumX / area, sumY / area);
    }
  }

  @ParameterizedTest
  @EnumSource(SceneBackground.class)
  void onlyWaterMovesBehindAnObjectThatStandsStill(SceneBackground background) {
    Scene scene =
        Scene.sample(1, 3).withMotion(SceneMotion.STANDING_STILL).withBackground(background);
    List<byte[]> frames =
        SceneRenderer.render(scene, 4, new FrameSize(64, 48), RATE).clip().frames();
    assertThat(Arrays.equals(frames.get(0), frames.get(1)))
        .isEqualTo(background != SceneBackground.WATER);
  }

  @Test
  void refusesNoFrames() {
    assertThatThrownBy(() -> SceneRenderer.render(Scene.sample(1, 1), 0, new FrameSize(8, 8), RATE))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("0 frames");
  }
}
