package io.freemask.report.html;

import com.fasterxml.jackson.databind.JsonNode;
import io.freemask.edit.EditPlan;
import io.freemask.internal.json.JsonSection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.StringJoiner;

/** A plan as a table: a line for each section of its JSON form, and one for each mask's rule. */
final class PlanFacts {

  private PlanFacts() {}

  static Map<String, String> of(EditPlan plan) {
    Map<String, String> facts = new LinkedHashMap<>();
    JsonNode root = JsonSection.document("plan", plan.toJson()).node();
    for (Map.Entry<String, JsonNode> section : root.properties()) {
      if (section.getKey().equals("masks")) {
        facts.putAll(ofMasks(plan));
      } else if (section.getValue().isObject()) {
        facts.put(section.getKey().replace('_', ' '), line(section.getValue()));
      }
    }
    if (facts.isEmpty()) {
      facts.put("control", "none: guided denoising from the inverted latents");
    }
    return facts;
  }

  /** Returns the rules of the masks that are derived, a line each. */
  static Map<String, String> ofMasks(EditPlan plan) {
    Map<String, String> facts = new LinkedHashMap<>();
    JsonNode root = JsonSection.document("plan", plan.toJson()).node();
    for (Map.Entry<String, JsonNode> rule : root.path("masks").properties()) {
      facts.put("mask of " + rule.getKey(), line(rule.getValue()));
    }
    return facts;
  }

  private static String line(JsonNode section) {
    StringJoiner line = new StringJoiner("; ");
    for (Map.Entry<String, JsonNode> entry : section.properties()) {
      line.add(entry.getKey().replace('_', ' ') + " " + text(entry.getValue()));
    }
    return line.toString();
  }

  private static String text(JsonNode value) {
    return value.isTextual() ? value.asText() : value.toString().replace(",", ", ");
  }
}
