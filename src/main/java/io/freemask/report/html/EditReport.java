package io.freemask.report.html;

import static j2html.TagCreator.details;
import static j2html.TagCreator.each;
import static j2html.TagCreator.li;
import static j2html.TagCreator.p;
import static j2html.TagCreator.pre;
import static j2html.TagCreator.summary;
import static j2html.TagCreator.ul;

import io.freemask.EditFigures;
import io.freemask.EditRequest;
import io.freemask.EditResult;
import io.freemask.EditorSettings;
import io.freemask.edit.EditPlan;
import io.freemask.edit.MaskUse;
import io.freemask.mask.MaskSchedule;
import io.freemask.report.RunRecord;
import io.freemask.video.Clip;
import j2html.tags.DomContent;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;

/** The page about a finished edit: what went in, what came out, by which masks, at what cost. */
public final class EditReport {

  /** By how much the difference is brightened: most edits change colours by less than a quarter. */
  private static final double DIFFERENCE_FACTOR = 4;

  /**
   * Frames of the clip that can be played: below each other in one picture, whose height is
   * limited.
   */
  private static final int MOST_MOVING = 32;

  private final EditorSettings settings;
  private final EditRequest request;
  private final EditResult result;

  private EditReport(EditorSettings settings, EditRequest request, EditResult result) {
    this.settings = settings;
    this.request = request;
    this.result = result;
  }

  /** Makes the page. */
  public static HtmlPage of(EditorSettings settings, EditRequest request, EditResult result) {
    EditReport report = new EditReport(settings, request, result);
    HtmlPage page =
        new HtmlPage(
                "Edit: " + request.source() + " \u2192 " + request.target(),
                "A clip edited by changing the prompt that describes it.")
            .add("Summary", report.summaryContent())
            .add("Frames", report.frames());
    if (!result.masks().isEmpty()) {
      page.add("Masks", report.masks());
    }
    return page.add("Plan", report.plan())
        .add("Time and memory", RunCost.of(result.statistics()))
        .add("Run record", report.record());
  }

  private DomContent[] summaryContent() {
    Map<String, String> facts = RequestFacts.of(request, result.source(), settings);
    facts.put("Guidance", Double.toString(request.guidance()));
    if (request.sourceCache() != null) {
      facts.put("Source from the inversion", result.sourceCache().toString());
    }
    List<DomContent> content = new ArrayList<>();
    content.add(Tables.facts(facts));
    content.add(
        p(
            "How far the result is from the source, as PSNR against the source encoded and decoded"
                + " again, so that the codec's own loss does not count. Lower is more change; the"
                + " object should change and the background should not."));
    content.add(Tables.facts(figures(result.figures())));
    if (!result.notices().isEmpty()) {
      content.add(p("Chosen or changed for this run:"));
      content.add(ul(each(result.notices(), notice -> li(notice))));
    }
    return content.toArray(DomContent[]::new);
  }

  private static Map<String, String> figures(EditFigures figures) {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("Whole frame", decibel(OptionalDouble.of(figures.whole())));
    facts.put("Inside the mask (the object)", decibel(figures.inside()));
    facts.put("Outside the mask (the background)", decibel(figures.outside()));
    facts.put(
        "Source against its reconstruction", decibel(OptionalDouble.of(figures.reconstruction())));
    figures
        .maskCoverage()
        .ifPresent(
            share ->
                facts.put(
                    "Share of the frame inside the mask",
                    String.format(Locale.ROOT, "%.1f %%", 100 * share)));
    return facts;
  }

  private static String decibel(OptionalDouble value) {
    if (value.isEmpty()) {
      return "no mask, or none of the frame";
    }
    return Double.isInfinite(value.getAsDouble())
        ? "equal"
        : String.format(Locale.ROOT, "%.2f dB", value.getAsDouble());
  }

  private DomContent[] frames() {
    return new DomContent[] {moving(), stills()};
  }

  /** Source and result beside each other, to be played. */
  private DomContent moving() {
    Clip source = result.source();
    List<Integer> frames = FrameColumns.spread(source.frameCount(), MOST_MOVING);
    PictureGrid.Cell before = new PictureGrid.Cell(pictures(source, frames), "source");
    PictureGrid.Cell after = new PictureGrid.Cell(pictures(result.clip(), frames), "edited");
    PictureGrid grid =
        new PictureGrid(List.of("Source", "Edited")).row("Clip", null, List.of(before, after));
    return grid.views(frames.stream().map(frame -> "frame " + frame).toList())
        .playing(source.frameRate().value() * frames.size() / source.frameCount())
        .toHtml();
  }

  private static List<Picture> pictures(Clip clip, List<Integer> frames) {
    return frames.stream()
        .map(frame -> Picture.of(clip, frame).shrunk(FrameColumns.MOST_PIXELS))
        .toList();
  }

  private DomContent stills() {
    Clip source = result.source();
    FrameColumns columns = new FrameColumns(source);
    return columns
        .grid()
        .row("Source", null, columns.cells("source", f -> Picture.of(source, f)))
        .row("Edited", null, columns.cells("edited", f -> Picture.of(result.clip(), f)))
        .row(
            "Difference",
            String.format(Locale.ROOT, "\u00d7 %.0f", DIFFERENCE_FACTOR),
            columns.cells(
                "difference",
                f ->
                    Picture.of(source, f)
                        .difference(Picture.of(result.clip(), f), DIFFERENCE_FACTOR)))
        .caption(
            columns.caption()
                + String.format(
                    Locale.ROOT,
                    " The difference is |edited \u2212 source| in each channel, made %.0f times"
                        + " brighter: black is no change, and all beyond %.0f of 255 is full.",
                    DIFFERENCE_FACTOR,
                    255 / DIFFERENCE_FACTOR))
        .toHtml();
  }

  private DomContent masks() {
    EditPlan plan = result.plan();
    MaskRows rows = new MaskRows(result.source());
    for (Map.Entry<MaskUse, MaskSchedule> mask : result.masks().entrySet()) {
      List<Integer> open = plan.openSteps(mask.getKey());
      rows.add(mask.getKey(), mask.getValue(), open, plan.steps());
    }
    return rows.toHtml();
  }

  private DomContent[] plan() {
    return new DomContent[] {
      p("What each editing step does, by kind of attention; windows are fractions of the steps."),
      Tables.facts(PlanFacts.of(result.plan())),
      details(summary("The plan as JSON"), pre(result.plan().toJson()))
    };
  }

  private DomContent[] record() {
    return new DomContent[] {
      p(
          "All options, versions, timings and figures; saved as a file it repeats the run with"
              + " freemask edit --repeat FILE."),
      details(
          summary("The run record as JSON"), pre(RunRecord.of(settings, request, result).toJson()))
    };
  }
}
