package io.freemask.report.html;

import static j2html.TagCreator.each;
import static j2html.TagCreator.h3;
import static j2html.TagCreator.li;
import static j2html.TagCreator.p;
import static j2html.TagCreator.ul;

import io.freemask.EditRequest;
import io.freemask.EditorSettings;
import io.freemask.InspectRequest;
import io.freemask.InspectResult;
import io.freemask.edit.MaskUse;
import io.freemask.mask.Mask;
import io.freemask.mask.MaskSchedule;
import io.freemask.mmc.Codebook;
import io.freemask.mmc.Confusion;
import j2html.tags.DomContent;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The page about what an edit's masks are chosen from: figure 1 of FreeMask for one clip. */
public final class InspectReport {

  private final EditorSettings settings;
  private final EditRequest request;
  private final InspectResult result;

  private InspectReport(EditorSettings settings, EditRequest request, InspectResult result) {
    this.settings = settings;
    this.request = request;
    this.result = result;
  }

  /** Makes the page. */
  public static HtmlPage of(EditorSettings settings, InspectRequest request, InspectResult result) {
    InspectReport report = new InspectReport(settings, request.edit(), result);
    HtmlPage page =
        new HtmlPage(
                "Masks: " + request.edit().source(),
                "Where the model sees the object's words, and the masks that an edit chooses by"
                    + " it.")
            .add("Summary", report.summary())
            .add("Masks", report.masks())
            .add("Word maps", report.maps());
    Codebook clip = result.clipCosts();
    if (clip != null) {
      page.add(
          "Cost on this clip",
          costs(
              "How well each layer's and timestep's mask matches this clip's ground truth.", clip));
    }
    Codebook codebook = result.codebook();
    if (codebook != null) {
      page.add(
          "Codebook",
          costs(
              "How well they matched over the "
                  + codebook.videos().size()
                  + " clips of "
                  + codebook.datasetSpec()
                  + ", by which masks are chosen for every clip.",
              codebook));
    }
    return page.add("Time and memory", RunCost.of(result.statistics()));
  }

  private static DomContent[] costs(String text, Codebook codebook) {
    List<DomContent> content = new ArrayList<>(List.of(p(text)));
    content.addAll(CostCharts.of(codebook));
    return content.toArray(DomContent[]::new);
  }

  private DomContent[] summary() {
    List<DomContent> content = new ArrayList<>();
    content.add(Tables.facts(RequestFacts.of(request, result.source(), settings)));
    if (!result.notices().isEmpty()) {
      content.add(p("Chosen or changed for this run:"));
      content.add(ul(each(result.notices(), notice -> li(notice))));
    }
    return content.toArray(DomContent[]::new);
  }

  private DomContent[] masks() {
    List<DomContent> content = new ArrayList<>();
    Map<String, String> rules = PlanFacts.ofMasks(result.plan());
    if (result.masks().isEmpty()) {
      content.add(p("This preset, with these options, masks nothing."));
    } else {
      content.add(
          p("How the mask of each kind of attention is made; a record is a timestep's maps."));
      content.add(rules.isEmpty() ? p("All masks are given.") : Tables.facts(rules));
    }
    MaskRows rows = new MaskRows(result.source());
    Mask truth = result.truth();
    if (truth != null) {
      rows.add("ground truth", truth, "given");
    }
    result
        .masks()
        .forEach(
            (use, schedule) ->
                rows.add(use, schedule, result.plan().openSteps(use), result.plan().steps()));
    content.add(rows.toHtml());
    if (truth != null && !result.masks().isEmpty()) {
      content.add(overlap(truth));
    }
    return content.toArray(DomContent[]::new);
  }

  /** How well each mask matches the ground truth, over the steps in which it takes part. */
  private DomContent overlap(Mask truth) {
    List<List<String>> lines = new ArrayList<>();
    for (Map.Entry<MaskUse, MaskSchedule> mask : result.masks().entrySet()) {
      List<Integer> steps =
          mask.getValue().isConstant() ? List.of(0) : result.plan().openSteps(mask.getKey());
      Confusion confusion = Confusion.NONE;
      for (int step : steps) {
        Mask large = mask.getValue().at(step).resize(truth.height(), truth.width());
        confusion = confusion.plus(Confusion.of(large, truth));
      }
      lines.add(
          List.of(
              mask.getKey().key(),
              number(confusion.miou()),
              number(confusion.objectIou()),
              number(confusion.backgroundIou())));
    }
    return Tables.of(List.of("Mask", "MIoU", "Object IoU", "Background IoU"), lines);
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.3f", value);
  }

  private DomContent[] maps() {
    List<DomContent> content = new ArrayList<>();
    Map<String, Integer> objects = new LinkedHashMap<>();
    for (int o = 0; o < result.trace().objects(); o++) {
      objects.put(String.join(" + ", request.words().get(o).source()), o);
    }
    objects.forEach(
        (words, object) -> {
          content.add(h3(words));
          content.addAll(List.of(new WordMapGrid(result.trace(), object).toHtml()));
        });
    return content.toArray(DomContent[]::new);
  }
}
