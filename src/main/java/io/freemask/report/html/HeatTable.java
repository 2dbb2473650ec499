package io.freemask.report.html;

import static j2html.TagCreator.div;
import static j2html.TagCreator.each;
import static j2html.TagCreator.figcaption;
import static j2html.TagCreator.figure;
import static j2html.TagCreator.table;
import static j2html.TagCreator.tbody;
import static j2html.TagCreator.td;
import static j2html.TagCreator.th;
import static j2html.TagCreator.thead;
import static j2html.TagCreator.tr;

import j2html.tags.DomContent;
import j2html.tags.specialized.TdTag;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A table of numbers whose cells are coloured by their values, the smallest one framed. */
public final class HeatTable {

  private HeatTable() {}

  /**
   * Returns the table; the smallest value has the map's last (light) colour, the largest its first.
   *
   * @param corner the heading of the rows' headings
   * @param values [row][column], finite
   * @param caption says what is seen
   */
  public static DomContent of(
      String corner,
      List<String> rows,
      List<String> columns,
      double[][] values,
      ColorMap colors,
      String caption) {
    double least = Double.POSITIVE_INFINITY;
    double most = Double.NEGATIVE_INFINITY;
    requireCount("rows", values.length, rows.size());
    for (double[] row : values) {
      requireCount("columns", row.length, columns.size());
      for (double value : row) {
        least = Math.min(least, value);
        most = Math.max(most, value);
      }
    }
    List<DomContent> lines = new ArrayList<>();
    for (int r = 0; r < values.length; r++) {
      List<TdTag> cells = new ArrayList<>();
      for (double value : values[r]) {
        double share = most > least ? (most - value) / (most - least) : 1;
        cells.add(
            td(String.format(Locale.ROOT, "%.3f", value))
                .withClass(
                    (colors.isLight(share) ? "light" : "dark") + (value == least ? " best" : ""))
                .withStyle("background-color: " + colors.css(share)));
      }
      lines.add(tr(th(rows.get(r)).attr("scope", "row")).with(cells));
    }
    return figure(
        div()
            .withClass("scroll")
            .attr("tabindex", "0")
            .with(
                table()
                    .withClass("heat")
                    .with(
                        thead(tr(th(corner), each(columns, c -> th(c).attr("scope", "col")))),
                        tbody().with(lines))),
        figcaption(caption));
  }

  private static void requireCount(String what, int actual, int expected) {
    if (actual != expected) {
      throw new IllegalArgumentException(
          "the table has " + actual + " " + what + ", expected " + expected + " as it has names");
    }
  }
}
