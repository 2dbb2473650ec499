package io.freemask.report.html;

import static j2html.TagCreator.canvas;
import static j2html.TagCreator.div;
import static j2html.TagCreator.figcaption;
import static j2html.TagCreator.figure;
import static j2html.TagCreator.rawHtml;
import static j2html.TagCreator.script;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.freemask.internal.json.JsonSection;
import j2html.tags.DomContent;
import java.util.List;

/**
 * Charts, drawn by Chart.js in the page. What is made here is its configuration as data; colours of
 * axes and text are the page's, which follow light and dark.
 */
public final class Charts {

  /** Told apart also without colour vision (Okabe and Ito). */
  private static final List<String> COLORS =
      List.of("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#56b4e9", "#f0e442");

  private Charts() {}

  /**
   * A line or a group of bars.
   *
   * @param name in the legend
   * @param values one for each place of the horizontal axis; NaN leaves a gap
   */
  public record Series(String name, List<Double> values) {

    /** Copies the values. */
    public Series {
      values = List.copyOf(values);
    }
  }

  /**
   * An estimate and its interval.
   *
   * @param name of the bar
   * @param low where the interval begins
   * @param value the estimate
   * @param high where the interval ends
   */
  public record Interval(String name, double low, double value, double high) {}

  /**
   * Returns lines over a common axis of names.
   *
   * @param caption says what is seen
   */
  public static DomContent lines(
      String horizontal,
      String vertical,
      List<String> places,
      List<Series> series,
      String caption) {
    return plot("line", horizontal, vertical, places, series, caption);
  }

  /**
   * Returns upright bars.
   *
   * @param caption says what is seen
   */
  public static DomContent bars(
      String horizontal,
      String vertical,
      List<String> places,
      List<Series> series,
      String caption) {
    return plot("bar", horizontal, vertical, places, series, caption);
  }

  /**
   * Returns lying intervals, each with a mark at its estimate.
   *
   * @param horizontal what is measured, with its unit
   * @param caption says what is seen
   */
  public static DomContent intervals(String horizontal, List<Interval> intervals, String caption) {
    ObjectNode config = config("bar", intervals.stream().map(Interval::name).toList());
    ObjectNode options = config.withObject("/options");
    options.put("indexAxis", "y");
    options.withObject("/scales/x").put("type", "linear");
    options.withObject("/scales/y").put("type", "category");
    title(options, "x", horizontal);
    options.withObject("/plugins/legend").put("display", false);
    ArrayNode datasets = config.withObject("/data").putArray("datasets");
    ObjectNode marks = datasets.addObject();
    marks.put("type", "line").put("label", "estimate").put("showLine", false).put("pointRadius", 5);
    marks.put("pointStyle", "rectRot").put("backgroundColor", COLORS.get(1));
    ObjectNode spans = datasets.addObject();
    spans.put("label", "interval").put("backgroundColor", COLORS.get(0)).put("barThickness", 8);
    ArrayNode points = marks.putArray("data");
    ArrayNode bars = spans.putArray("data");
    for (Interval interval : intervals) {
      points.add(interval.value());
      bars.addArray().add(interval.low()).add(interval.high());
    }
    return drawn(config, 6 + 2 * intervals.size(), caption);
  }

  private static DomContent plot(
      String type,
      String horizontal,
      String vertical,
      List<String> places,
      List<Series> series,
      String caption) {
    ObjectNode config = config(type, places);
    ObjectNode options = config.withObject("/options");
    title(options, "x", horizontal);
    title(options, "y", vertical);
    options.withObject("/plugins/legend").put("display", series.size() > 1);
    ArrayNode datasets = config.withObject("/data").putArray("datasets");
    for (int i = 0; i < series.size(); i++) {
      Series one = series.get(i);
      if (one.values().size() != places.size()) {
        throw new IllegalArgumentException(
            "series '"
                + one.name()
                + "' has "
                + one.values().size()
                + " values, expected "
                + places.size());
      }
      ObjectNode dataset = datasets.addObject();
      dataset.put("label", one.name());
      dataset.put("borderColor", COLORS.get(i % COLORS.size()));
      dataset.put("backgroundColor", COLORS.get(i % COLORS.size()));
      ArrayNode data = dataset.putArray("data");
      for (double value : one.values()) {
        if (Double.isFinite(value)) {
          data.add(value);
        } else {
          data.addNull();
        }
      }
    }
    return drawn(config, 20, caption);
  }

  private static ObjectNode config(String type, List<String> labels) {
    ObjectNode config = JsonSection.newObject();
    config.put("type", type);
    ArrayNode names = config.withObject("/data").putArray("labels");
    labels.forEach(names::add);
    config.withObject("/options").put("maintainAspectRatio", false).put("animation", false);
    return config;
  }

  private static void title(ObjectNode options, String axis, String text) {
    options.withObject("/scales/" + axis + "/title").put("display", true).put("text", text);
  }

  /** The data is JSON within a script element, where only "<" could end it early. */
  private static DomContent drawn(ObjectNode config, int rem, String caption) {
    return figure()
        .withClass("chart")
        .with(
            div()
                .withStyle("height: " + rem + "rem")
                .with(canvas().attr("role", "img").attr("aria-label", caption)),
            script()
                .withType("application/json")
                .with(rawHtml(config.toString().replace("<", "\\u003c"))),
            figcaption(caption));
  }
}
