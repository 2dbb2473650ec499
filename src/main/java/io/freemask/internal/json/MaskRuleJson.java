package io.freemask.internal.json;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.freemask.edit.MaskRule;
import io.freemask.edit.PlanNames;
import java.util.List;
import java.util.Map;

/**
 * The JSON form of what a mask is derived from, which plans and run records share: one of {@code
 * level} ([h, w] or "all"), {@code layers} and {@code level_layers}, and {@code record}.
 */
public final class MaskRuleJson {

  private static final List<String> LAYERS = List.of("level", "layers", "level_layers");
  private static final String ALL = "all";

  private MaskRuleJson() {}

  /** Returns whether a section chooses layers. */
  public static boolean hasLayers(JsonSection s) {
    // Every key is asked for, so that all of them count as known.
    return LAYERS.stream().filter(s::has).count() > 0;
  }

  /** Reads the choice of layers, which has to be there. */
  public static MaskRule.Layers layers(JsonSection s) {
    if (LAYERS.stream().filter(s::has).count() != 1) {
      throw s.wrong("level", "one of level, layers and level_layers");
    }
    if (s.isText("level")) {
      return s.choice("level", Map.of(ALL, new MaskRule.Layers.All()), null);
    }
    if (s.has("level")) {
      int[] level = s.size("level");
      return new MaskRule.Layers.Level(level[0], level[1]);
    }
    return s.has("layers")
        ? new MaskRule.Layers.Named(s.texts("layers"))
        : new MaskRule.Layers.PerLevel(s.texts("level_layers"));
  }

  /** Reads the choice of records, which has to be there. */
  public static MaskRule.Timing timing(JsonSection s) {
    return s.isText("record")
        ? s.choice("record", PlanNames.RECORDS, null)
        : new MaskRule.Timing.Fixed(s.integer("record"));
  }

  /** Writes a choice of layers. */
  public static void write(ObjectNode node, MaskRule.Layers layers) {
    switch (layers) {
      case MaskRule.Layers.Level level ->
          node.putArray("level").add(level.height()).add(level.width());
      case MaskRule.Layers.Named named -> write(node, "layers", named.names());
      case MaskRule.Layers.PerLevel perLevel -> write(node, "level_layers", perLevel.names());
      case MaskRule.Layers.All all -> node.put("level", ALL);
    }
  }

  /** Writes a choice of records. */
  public static void write(ObjectNode node, MaskRule.Timing timing) {
    switch (timing) {
      case MaskRule.Timing.Fixed fixed -> node.put("record", fixed.k());
      default -> node.put("record", PlanNames.of(PlanNames.RECORDS, timing));
    }
  }

  /** Writes a list of strings. */
  public static void write(ObjectNode node, String key, List<String> texts) {
    ArrayNode array = node.putArray(key);
    texts.forEach(array::add);
  }
}
