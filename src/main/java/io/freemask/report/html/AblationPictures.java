package io.freemask.report.html;

import io.freemask.eval.EditCase;
import io.freemask.eval.Variant;
import io.freemask.video.Clip;
import java.nio.file.Path;

/** The page of one edit of a benchmark: source, ideal edit, and what each variant makes of it. */
public final class AblationPictures {

  private final EditCase edit;
  private final FrameColumns columns;
  private final PictureGrid grid;

  /**
   * Begins the page.
   *
   * @param ideal of the source's number of frames, as all clips that follow
   */
  public AblationPictures(EditCase edit, Clip source, Clip ideal) {
    this.edit = edit;
    this.columns = new FrameColumns(source);
    this.grid = columns.grid().caption(columns.caption());
    add("Source", source);
    add("Ideal edit", ideal);
  }

  /** Adds what a variant made. */
  public void add(Variant variant, Clip clip) {
    add(variant.title(), clip);
  }

  private void add(String heading, Clip clip) {
    grid.row(heading, null, columns.cells(heading, frame -> Picture.of(clip, frame)));
  }

  /** Writes the page; a file of that name is replaced. */
  public void write(Path file) {
    String change = edit.source().caption() + " \u2192 " + edit.ideal().caption();
    new HtmlPage(edit.name(), change).add("Frames", grid.toHtml()).write(file);
  }
}
