package io.freemask.report.html;

import static j2html.TagCreator.button;
import static j2html.TagCreator.div;
import static j2html.TagCreator.each;
import static j2html.TagCreator.figcaption;
import static j2html.TagCreator.figure;
import static j2html.TagCreator.img;
import static j2html.TagCreator.input;
import static j2html.TagCreator.label;
import static j2html.TagCreator.output;
import static j2html.TagCreator.span;
import static j2html.TagCreator.table;
import static j2html.TagCreator.tbody;
import static j2html.TagCreator.td;
import static j2html.TagCreator.th;
import static j2html.TagCreator.thead;
import static j2html.TagCreator.tr;

import com.fasterxml.jackson.databind.node.ArrayNode;
import io.freemask.internal.json.JsonSection;
import j2html.tags.DomContent;
import j2html.tags.specialized.TrTag;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Pictures in rows and columns with headings. A cell shows one picture, or one of several ({@link
 * Cell#views}), which a slider above the grid chooses for all cells at a time.
 */
public final class PictureGrid {

  /**
   * A cell.
   *
   * @param views what can be chosen between, all of one size; at least one
   * @param description read out in place of the picture, and shown under the pointer
   */
  public record Cell(List<Picture> views, String description) {

    /** Checks that there is a view, and copies the list. */
    public Cell {
      views = List.copyOf(views);
      if (views.isEmpty()) {
        throw new IllegalArgumentException("cell '" + description + "' has no picture");
      }
    }

    /** Returns a cell of one picture. */
    public static Cell of(Picture picture, String description) {
      return new Cell(List.of(picture), description);
    }
  }

  private record Row(String heading, @Nullable String note, List<Cell> cells) {}

  private final List<String> columns;
  private final List<Row> rows = new ArrayList<>();
  private List<String> views = List.of();
  private double viewsPerSecond;
  private boolean pixelated;
  private String caption = "";

  /**
   * Creates a grid without rows.
   *
   * @param columns the columns' headings
   */
  public PictureGrid(List<String> columns) {
    this.columns = List.copyOf(columns);
  }

  /**
   * Adds a row.
   *
   * @param note below the heading, smaller; null for none
   * @param cells one for each column
   */
  public PictureGrid row(String heading, @Nullable String note, List<Cell> cells) {
    if (cells.size() != columns.size()) {
      throw new IllegalArgumentException(
          "row '" + heading + "' has " + cells.size() + " cells, expected " + columns.size());
    }
    rows.add(new Row(heading, note, List.copyOf(cells)));
    return this;
  }

  /**
   * Names what the slider chooses between.
   *
   * @param names one for each view of a cell
   */
  public PictureGrid views(List<String> names) {
    views = List.copyOf(names);
    return this;
  }

  /** Adds a button that plays the views, which are frames of a clip in order, in a loop. */
  public PictureGrid playing(double value) {
    viewsPerSecond = value;
    return this;
  }

  /** Shows small pictures large, their pixels as squares. */
  public PictureGrid pixelated() {
    pixelated = true;
    return this;
  }

  /** Says below the grid what is seen. */
  public PictureGrid caption(String text) {
    caption = text;
    return this;
  }

  /** Returns the grid as HTML. */
  public DomContent toHtml() {
    return figure()
        .withClass(viewsPerSecond > 0 ? "player" : pixelated ? "pixelated" : "stills")
        .condWith(!views.isEmpty(), slider())
        .with(
            div()
                .withClass("scroll")
                .attr("tabindex", "0")
                .with(
                    table()
                        .withClass("pictures")
                        .with(
                            thead(
                                tr(
                                    th().withClass("corner"),
                                    each(columns, column -> th(column).attr("scope", "col")))),
                            tbody().with(rows.stream().map(this::toHtml).toList()))))
        .condWith(!caption.isEmpty(), figcaption(caption));
  }

  private TrTag toHtml(Row row) {
    return tr(
        th().attr("scope", "row")
            .with(span(row.heading()))
            .condWith(row.note() != null, span(String.valueOf(row.note())).withClass("note")),
        each(row.cells(), cell -> td(toHtml(cell))));
  }

  private DomContent toHtml(Cell cell) {
    int count = Math.max(1, views.size());
    if (cell.views().size() != count) {
      throw new IllegalArgumentException(
          "cell '"
              + cell.description()
              + "' has "
              + cell.views().size()
              + " views, expected "
              + count);
    }
    Picture first = cell.views().get(0);
    // One picture holds all views below each other; the box around it shows one of them.
    return div()
        .withClass("view")
        .withTitle(cell.description())
        .withStyle(
            "aspect-ratio: "
                + first.size().width()
                + " / "
                + first.size().height()
                + "; --views: "
                + count)
        .with(
            img()
                .withSrc(Picture.stack(cell.views()).dataUri())
                .withAlt(cell.description())
                .attr("decoding", "async"));
  }

  private DomContent slider() {
    ArrayNode names = JsonSection.newObject().arrayNode();
    views.forEach(names::add);
    return div()
        .withClass("slider")
        .with(
            label(
                span("Frame"),
                input()
                    .withType("range")
                    .withMin("0")
                    .withMax(Integer.toString(Math.max(0, views.size() - 1)))
                    .withValue("0")
                    .attr("data-views", names.toString())),
            output(views.isEmpty() ? "" : views.get(0)))
        .condWith(
            viewsPerSecond > 0,
            button("Play").withType("button").attr("data-rate", Double.toString(viewsPerSecond)));
  }
}
