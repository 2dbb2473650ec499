package io.freemask.eval;

import io.freemask.eval.EditCase.Kind;
import io.freemask.eval.Measures.Measure;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** The tables of an ablation as text: rows are variants, cells a mean and its 95 % interval. */
public final class AblationText {

  private static final String NONE = "-";

  private AblationText() {}

  /**
   * A table.
   *
   * @param title what it is of
   * @param columns the headings
   * @param rows as many cells as headings each
   */
  public record Table(String title, List<String> columns, List<List<String>> rows) {

    /** Copies the lists. */
    public Table {
      columns = List.copyOf(columns);
      rows = rows.stream().map(List::copyOf).toList();
    }

    /** Returns the table in Markdown. */
    public String toMarkdown() {
      StringBuilder text = new StringBuilder("### " + title + "\n\n");
      line(text, columns);
      line(text, columns.stream().map(column -> "---").toList());
      rows.forEach(row -> line(text, row));
      return text.append('\n').toString();
    }

    private static void line(StringBuilder text, List<String> cells) {
      text.append("| ").append(String.join(" | ", cells)).append(" |\n");
    }
  }

  /**
   * Returns the tables: means of colour and shape edits together and of each kind; how much MMC's
   * masks gain over each other variant, edit by edit; and for styles on the object alone how much
   * the mapping before the blend does.
   */
  public static List<Table> tables(AblationTable table) {
    List<Table> tables = new ArrayList<>();
    Set<Kind> objects = EnumSet.of(Kind.COLOR, Kind.SHAPE);
    add(tables, means("Colour and shape edits", table, objects));
    add(tables, gains(Variant.MMC, "colour and shape edits", table, objects));
    for (Kind kind : Kind.values()) {
      String name = kind.name().toLowerCase(Locale.ROOT) + " edits";
      add(tables, means(name, table, EnumSet.of(kind)));
      Variant reference = kind == Kind.STYLE ? Variant.MAP_THEN_BLEND : Variant.MMC;
      add(tables, gains(reference, name, table, EnumSet.of(kind)));
    }
    return tables;
  }

  private static void add(List<Table> tables, Table table) {
    if (!table.rows().isEmpty()) {
      tables.add(table);
    }
  }

  private static Table means(String title, AblationTable table, Set<Kind> kinds) {
    List<List<String>> rows = new ArrayList<>();
    for (Variant variant : Variant.values()) {
      List<String> cells = new ArrayList<>();
      int count = 0;
      cells.add(variant.title());
      for (Measure measure : Measure.values()) {
        Optional<Interval> mean = table.mean(variant, measure, kinds);
        cells.add(mean.map(AblationText::cell).orElse(NONE));
        count = Math.max(count, mean.map(Interval::count).orElse(0));
      }
      if (count > 0) {
        cells.add(Integer.toString(count));
        rows.add(cells);
      }
    }
    return new Table(title, columns("edits"), rows);
  }

  private static Table gains(
      Variant reference, String edits, AblationTable table, Set<Kind> kinds) {
    List<List<String>> rows = new ArrayList<>();
    for (Variant variant : Variant.values()) {
      if (variant == reference || variant.limitsStyle() != reference.limitsStyle()) {
        continue;
      }
      List<String> cells = new ArrayList<>();
      int count = 0;
      cells.add("over " + variant.title());
      for (Measure measure : Measure.values()) {
        Optional<Interval> gain = table.difference(reference, variant, measure, kinds);
        cells.add(gain.map(value -> cell(value) + (value.excludesZero() ? " *" : "")).orElse(NONE));
        count = Math.max(count, gain.map(Interval::count).orElse(0));
      }
      if (count > 0) {
        cells.add(Integer.toString(count));
        rows.add(cells);
      }
    }
    return new Table(
        "Gain of \"" + reference.title() + "\", " + edits + ", paired (* excludes 0)",
        columns("pairs"),
        rows);
  }

  private static List<String> columns(String last) {
    List<String> columns = new ArrayList<>(List.of("variant"));
    for (Measure measure : Measure.values()) {
      columns.add(measure.title());
    }
    columns.add(last);
    return columns;
  }

  private static String cell(Interval interval) {
    return String.format(
        Locale.ROOT, "%.2f [%.2f, %.2f]", interval.mean(), interval.low(), interval.high());
  }
}
