package io.freemask.report.html;

import static j2html.TagCreator.div;
import static j2html.TagCreator.span;

import io.freemask.edit.LayerGrid;
import io.freemask.edit.WordMapTrace;
import io.freemask.model.AttentionLayer;
import io.freemask.video.FrameSize;
import j2html.tags.DomContent;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * The word maps of an object from every cross layer, by timestep: figure 1a of FreeMask (arXiv
 * 2409.20500). Rows are layers, finest level first; columns go as denoising does, from noise to the
 * clip.
 */
final class WordMapGrid {

  private static final int MOST_COLUMNS = 10;
  private static final int MOST_FRAMES = 8;
  private static final ColorMap COLORS = ColorMap.VIRIDIS;
  private static final String BLOCK = ".transformer_blocks.";

  private final WordMapTrace trace;
  private final int object;
  private final List<Integer> frames;

  WordMapGrid(WordMapTrace trace, int object) {
    this.trace = trace;
    this.object = object;
    this.frames = FrameColumns.spread(trace.grid().frames(), MOST_FRAMES);
  }

  /** Returns the places of layers in the order of rows: by level, then as they are executed. */
  static List<Integer> rows(List<Integer> levels) {
    return IntStream.range(0, levels.size())
        .boxed()
        .sorted(Comparator.comparing(levels::get))
        .toList();
  }

  /** Returns a layer's name without what all of them have. */
  static String shortName(String name) {
    int block = name.indexOf(BLOCK);
    return block < 0 ? name : name.substring(0, block);
  }

  DomContent[] toHtml() {
    List<Integer> records = FrameColumns.spread(trace.records(), MOST_COLUMNS).reversed();
    PictureGrid grid =
        new PictureGrid(records.stream().map(k -> "t = " + trace.timestep(k)).toList());
    for (int layer : rows(trace.layers().stream().map(AttentionLayer::level).toList())) {
      AttentionLayer attention = trace.layers().get(layer);
      LayerGrid.Size size = trace.size(layer);
      String name = shortName(attention.name());
      List<PictureGrid.Cell> cells = new ArrayList<>();
      for (int record : records) {
        cells.add(cell(name, layer, record));
      }
      grid.row(
          name,
          size.height()
              + "\u00d7"
              + size.width()
              + ", "
              + attention.heads()
              + (attention.heads() == 1 ? " head" : " heads"),
          cells);
    }
    List<String> views = new ArrayList<>(List.of("mean of all frames"));
    frames.forEach(frame -> views.add("frame " + frame));
    grid.views(views)
        .pixelated()
        .caption(
            "Attention of each pixel to the object's words: mean over heads of the sum over the"
                + " words' tokens. Every picture is scaled by its own largest value, which the"
                + " pointer shows, since masks compare with a share of each frame's maximum."
                + (records.size() < trace.records()
                    ? String.format(
                        Locale.ROOT,
                        " %d of %d timesteps, evenly spread.",
                        records.size(),
                        trace.records())
                    : ""));
    return new DomContent[] {
      div()
          .withClass("legend")
          .with(
              span("0"),
              span().withStyle("background: " + COLORS.gradient()),
              span("the picture's maximum")),
      grid.toHtml()
    };
  }

  private PictureGrid.Cell cell(String name, int layer, int record) {
    float[] map = trace.map(record, layer, object);
    LayerGrid.Size size = trace.size(layer);
    FrameSize frame = new FrameSize(size.width(), size.height());
    int pixels = Math.toIntExact(frame.pixels());
    float[] mean = new float[pixels];
    float most = 0;
    for (int i = 0; i < map.length; i++) {
      mean[i % pixels] += map[i] / trace.grid().frames();
      most = Math.max(most, map[i]);
    }
    List<Picture> views = new ArrayList<>();
    views.add(COLORS.paint(mean, 0, frame, largest(mean, 0, pixels)));
    for (int f : frames) {
      views.add(COLORS.paint(map, f * pixels, frame, largest(map, f * pixels, pixels)));
    }
    return new PictureGrid.Cell(
        views,
        String.format(Locale.ROOT, "%s, t = %d: at most %.3g", name, trace.timestep(record), most));
  }

  private static float largest(float[] values, int offset, int count) {
    float most = 0;
    for (int i = offset; i < offset + count; i++) {
      most = Math.max(most, values[i]);
    }
    return most;
  }
}
