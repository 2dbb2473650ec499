package io.freemask.edit;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.freemask.internal.json.JsonSection;
import io.freemask.internal.json.MaskRuleJson;
import io.freemask.model.AttentionPlan;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The JSON form of an {@link EditPlan}, read strictly: an unknown or repeated key, a wrong type and
 * a value out of range are errors that name the key.
 *
 * <p>A missing section, null, and {@code "mode": "off"} mean off. Defaults: mapper refine, order
 * map-then-blend, mask false, polarity source_inside, no max_tokens, pool true, threshold 0.3, soft
 * false, nothing to subtract, subtract_threshold 0.3.
 */
final class EditPlanJson {

  private EditPlanJson() {}

  static EditPlan parse(String json) {
    JsonSection plan = JsonSection.document("plan", json);
    EditPlan result =
        new EditPlan(
            plan.text("source"),
            plan.text("target"),
            plan.integer("steps"),
            plan.number("guidance"),
            plan.has("inversion_iterations") ? plan.integer("inversion_iterations") : 1,
            cross(plan.section("cross")),
            numbers(plan.section("equalizer")),
            self(plan.section("self")),
            temporal(plan.section("temporal")),
            masks(plan.section("masks")),
            latentBlend(plan.section("latent_blend")));
    plan.end();
    return result;
  }

  private static EditPlan.@Nullable Cross cross(@Nullable JsonSection section) {
    if (section == null) {
      return null;
    }
    return section.read(
        s ->
            new EditPlan.Cross(
                s.choice("mapper", PlanNames.MAPPERS, Mapper.REFINE),
                window(s, "window"),
                windows(s.section("word_windows")),
                s.flag("mask", false),
                s.choice("order", PlanNames.ORDERS, AttentionPlan.Order.MAP_THEN_BLEND),
                s.limit("max_tokens")));
  }

  private static EditPlan.@Nullable Self self(@Nullable JsonSection section) {
    if (section == null || section.isOff("window", "mask", "max_tokens")) {
      return null;
    }
    return section.read(
        s -> {
          s.choice("mode", Map.of("map", true), true);
          return new EditPlan.Self(
              window(s, "window"), s.flag("mask", false), s.limit("max_tokens"));
        });
  }

  private static EditPlan.@Nullable Temporal temporal(@Nullable JsonSection section) {
    if (section == null || section.isOff("window", "mask", "polarity", "max_tokens")) {
      return null;
    }
    return section.read(
        s ->
            new EditPlan.Temporal(
                s.choice("mode", PlanNames.MODES, null),
                window(s, "window"),
                s.flag("mask", false),
                s.choice("polarity", PlanNames.POLARITIES, AttentionPlan.Polarity.SOURCE_INSIDE),
                s.limit("max_tokens")));
  }

  private static EditPlan.@Nullable LatentBlend latentBlend(@Nullable JsonSection section) {
    return section == null
        ? null
        : section.read(
            s ->
                new EditPlan.LatentBlend(
                    window(s, "window"), s.has("grow") ? s.integer("grow") : 0));
  }

  private static Map<String, Double> numbers(@Nullable JsonSection section) {
    Map<String, Double> numbers = new LinkedHashMap<>();
    if (section != null) {
      section.names().forEach(name -> numbers.put(name, section.number(name)));
    }
    return numbers;
  }

  private static Map<String, StepWindow> windows(@Nullable JsonSection section) {
    Map<String, StepWindow> windows = new LinkedHashMap<>();
    if (section != null) {
      section.names().forEach(name -> windows.put(name, window(section, name)));
    }
    return windows;
  }

  private static StepWindow window(JsonSection section, String name) {
    String expected = "[a, b] with 0 <= a <= b <= 1";
    double[] bounds = section.pair(name, expected);
    if (!(bounds[0] >= 0 && bounds[0] <= bounds[1] && bounds[1] <= 1)) {
      throw section.wrong(name, expected);
    }
    return new StepWindow(bounds[0], bounds[1]);
  }

  private static Map<MaskUse, MaskRule> masks(@Nullable JsonSection section) {
    Map<MaskUse, MaskRule> masks = new EnumMap<>(MaskUse.class);
    if (section != null) {
      for (MaskUse use : MaskUse.values()) {
        JsonSection entry = section.section(use.key());
        if (entry != null) {
          masks.put(use, entry.read(EditPlanJson::maskRule));
        }
      }
      section.end();
    }
    return masks;
  }

  private static MaskRule maskRule(JsonSection s) {
    if (s.has("words") == s.has("objects")) {
      throw s.wrong("words", "either words or, for several objects, objects: a list of such lists");
    }
    List<List<String>> objects =
        s.has("words") ? List.of(s.texts("words")) : s.textLists("objects");
    return new MaskRule(
        objects,
        MaskRuleJson.layers(s),
        MaskRuleJson.timing(s),
        s.has("threshold") ? s.number("threshold") : MaskRule.DEFAULT_THRESHOLD,
        s.flag("pool", true),
        s.flag("soft", false),
        s.has("subtract") ? s.texts("subtract") : List.of(),
        s.has("subtract_threshold") ? s.number("subtract_threshold") : MaskRule.DEFAULT_THRESHOLD,
        s.flag("latent_size", false));
  }

  static String write(EditPlan plan) {
    ObjectNode root = JsonSection.newObject();
    root.put("source", plan.source());
    root.put("target", plan.target());
    root.put("steps", plan.steps());
    root.put("guidance", plan.guidance());
    root.put("inversion_iterations", plan.inversionIterations());
    EditPlan.Cross cross = plan.cross();
    if (cross != null) {
      ObjectNode node = root.putObject("cross");
      node.put("mapper", cross.mapper().key());
      write(node, "window", cross.window());
      if (!cross.wordWindows().isEmpty()) {
        ObjectNode words = node.putObject("word_windows");
        cross.wordWindows().forEach((word, window) -> write(words, word, window));
      }
      node.put("mask", cross.mask());
      node.put("order", PlanNames.of(PlanNames.ORDERS, cross.order()));
      writeLimit(node, cross.maxTokens());
    }
    if (!plan.equalizer().isEmpty()) {
      ObjectNode node = root.putObject("equalizer");
      plan.equalizer().forEach(node::put);
    }
    EditPlan.Self self = plan.self();
    if (self != null) {
      ObjectNode node = root.putObject("self");
      node.put("mode", "map");
      write(node, "window", self.window());
      node.put("mask", self.mask());
      writeLimit(node, self.maxTokens());
    }
    EditPlan.Temporal temporal = plan.temporal();
    if (temporal != null) {
      ObjectNode node = root.putObject("temporal");
      node.put("mode", PlanNames.of(PlanNames.MODES, temporal.mode()));
      write(node, "window", temporal.window());
      node.put("mask", temporal.mask());
      node.put("polarity", PlanNames.of(PlanNames.POLARITIES, temporal.polarity()));
      writeLimit(node, temporal.maxTokens());
    }
    if (!plan.masks().isEmpty()) {
      ObjectNode masks = root.putObject("masks");
      plan.masks().forEach((use, rule) -> write(masks.putObject(use.key()), rule));
    }
    EditPlan.LatentBlend blend = plan.latentBlend();
    if (blend != null) {
      ObjectNode node = root.putObject("latent_blend");
      write(node, "window", blend.window());
      node.put("grow", blend.grow());
    }
    return root.toPrettyString();
  }

  private static void write(ObjectNode node, MaskRule rule) {
    if (rule.objects().size() == 1) {
      MaskRuleJson.write(node, "words", rule.objects().get(0));
    } else {
      ArrayNode objects = node.putArray("objects");
      for (List<String> object : rule.objects()) {
        ArrayNode words = objects.addArray();
        object.forEach(words::add);
      }
    }
    MaskRuleJson.write(node, rule.layers());
    MaskRuleJson.write(node, rule.timing());
    node.put("threshold", rule.threshold());
    node.put("pool", rule.pool());
    if (rule.soft()) {
      node.put("soft", true);
    }
    if (!rule.subtract().isEmpty()) {
      MaskRuleJson.write(node, "subtract", rule.subtract());
      node.put("subtract_threshold", rule.subtractThreshold());
    }
    if (rule.latentSize()) {
      node.put("latent_size", true);
    }
  }

  private static void write(ObjectNode node, String key, StepWindow window) {
    node.putArray(key).add(window.start()).add(window.end());
  }

  private static void writeLimit(ObjectNode node, long maxTokens) {
    if (maxTokens > 0) {
      node.put("max_tokens", maxTokens);
    }
  }
}
