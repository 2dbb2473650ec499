package io.freemask.report.html;

import static j2html.TagCreator.p;

import io.freemask.eval.AblationTable;
import io.freemask.eval.AblationText;
import io.freemask.eval.EditCase.Kind;
import io.freemask.eval.Interval;
import io.freemask.eval.Measures.Measure;
import io.freemask.eval.Variant;
import j2html.tags.DomContent;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The page about an ablation: what each variant of the method reaches on a benchmark. */
public final class AblationReport {

  private AblationReport() {}

  /**
   * Makes the page.
   *
   * @param facts what was run, by name
   */
  public static HtmlPage of(AblationTable table, Map<String, String> facts) {
    HtmlPage page =
        new HtmlPage(
            "Ablation on ShapeWorld-Edit",
            "Which masks and which fusion matter: every edit of the benchmark by every variant.");
    page.add("Setting", Tables.facts(facts));
    Set<Kind> objects = EnumSet.of(Kind.COLOR, Kind.SHAPE);
    for (Measure measure : Measure.values()) {
      List<Charts.Interval> intervals = new ArrayList<>();
      for (Variant variant : Variant.values()) {
        table
            .mean(variant, measure, objects)
            .ifPresent(mean -> intervals.add(interval(variant.title(), mean)));
      }
      if (!intervals.isEmpty()) {
        page.add(
            measure.title(),
            Charts.intervals(
                measure.title(), intervals, "Colour and shape edits: mean and 95 % interval."));
      }
    }
    for (AblationText.Table text : AblationText.tables(table)) {
      DomContent content = Tables.of(text.columns(), text.rows());
      page.add(text.title(), p("Means with 95 % bootstrap intervals."), content);
    }
    return page;
  }

  private static Charts.Interval interval(String name, Interval mean) {
    return new Charts.Interval(name, mean.low(), mean.mean(), mean.high());
  }
}
