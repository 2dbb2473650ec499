package io.freemask.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;
import java.util.OptionalDouble;

/**
 * One figure of an evaluation, or why there is none.
 *
 * @param key its name for programs, such as {@code psnr_outside}
 * @param title its name for people
 * @param unit such as dB; empty for a plain number
 * @param value what was measured
 * @param missing why nothing was; empty where there is a value
 */
record Figure(String key, String title, String unit, OptionalDouble value, String missing) {

  private static final String NOT_MEASURED = "not measured: ";

  static Figure of(String key, String title, String unit, double value) {
    return new Figure(key, title, unit, OptionalDouble.of(value), "");
  }

  static Figure missing(String key, String title, String unit, String why) {
    return new Figure(key, title, unit, OptionalDouble.empty(), why);
  }

  /** Returns the value for a table, or that there is none and why. */
  String text() {
    if (value.isEmpty()) {
      return NOT_MEASURED + missing;
    }
    if (value.getAsDouble() == Double.POSITIVE_INFINITY) {
      return "equal";
    }
    String number =
        String.format(Locale.ROOT, unit.equals("dB") ? "%.2f" : "%.4f", value.getAsDouble());
    return unit.isEmpty() ? number : number + " " + unit;
  }

  /** Adds the figure to a JSON object; JSON has no infinity, so that is the word "equal". */
  void addTo(ObjectNode figures) {
    ObjectNode node = figures.putObject(key);
    node.put("title", title);
    if (!unit.isEmpty()) {
      node.put("unit", unit);
    }
    if (value.isEmpty()) {
      node.put("not_measured", missing);
    } else if (value.getAsDouble() == Double.POSITIVE_INFINITY) {
      node.put("value", "equal");
    } else {
      node.put("value", value.getAsDouble());
    }
  }
}
