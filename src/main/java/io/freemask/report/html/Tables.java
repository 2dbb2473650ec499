package io.freemask.report.html;

import static j2html.TagCreator.div;
import static j2html.TagCreator.each;
import static j2html.TagCreator.table;
import static j2html.TagCreator.tbody;
import static j2html.TagCreator.td;
import static j2html.TagCreator.th;
import static j2html.TagCreator.thead;
import static j2html.TagCreator.tr;

import j2html.tags.DomContent;
import java.util.List;
import java.util.Map;

/** Tables of text. */
public final class Tables {

  private Tables() {}

  /** Returns names and what they are, a line each. */
  public static DomContent facts(Map<String, String> facts) {
    return div()
        .withClass("scroll")
        .with(
            table()
                .withClass("facts")
                .with(
                    tbody()
                        .with(
                            facts.entrySet().stream()
                                .map(
                                    fact ->
                                        tr(
                                            th(fact.getKey()).attr("scope", "row"),
                                            td(fact.getValue())))
                                .toList())));
  }

  /**
   * Returns a table, its first column the rows' headings, the others aligned as numbers.
   *
   * @param columns the headings, that of the first column among them
   * @param rows as many cells each
   */
  public static DomContent of(List<String> columns, List<List<String>> rows) {
    for (List<String> row : rows) {
      if (row.size() != columns.size()) {
        throw new IllegalArgumentException(
            "row " + row + " has " + row.size() + " cells, expected " + columns.size());
      }
    }
    return div()
        .withClass("scroll")
        .attr("tabindex", "0")
        .with(
            table()
                .withClass("numbers")
                .with(
                    thead(tr(each(columns, column -> th(column).attr("scope", "col")))),
                    tbody()
                        .with(
                            rows.stream()
                                .map(
                                    row ->
                                        tr(
                                            th(row.get(0)).attr("scope", "row"),
                                            each(row.subList(1, row.size()), cell -> td(cell))))
                                .toList())));
  }
}
