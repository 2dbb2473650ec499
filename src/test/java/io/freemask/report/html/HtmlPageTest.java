package io.freemask.report.html;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freemask.InvalidInputException;
import io.freemask.video.FrameSize;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HtmlPageTest {

  private static final String EVIL = "</script><script>alert('x')</script> \"&";
  private static final String ESCAPED =
      "&lt;/script&gt;&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt; &quot;&amp;";

  @TempDir private Path folder;

  @Test
  void textIsEscapedWhereverItStands() {
    PictureGrid.Cell cell =
        PictureGrid.Cell.of(new Picture(new FrameSize(1, 1), new byte[3]), EVIL);
    String html =
        new HtmlPage(EVIL, EVIL)
            .add(EVIL, Tables.facts(Map.of(EVIL, EVIL)))
            .add("two", Tables.of(List.of(EVIL, EVIL), List.of(List.of(EVIL, EVIL))))
            .add(
                "three",
                new PictureGrid(List.of(EVIL))
                    .row(EVIL, EVIL, List.of(cell))
                    .views(List.of(EVIL))
                    .caption(EVIL)
                    .toHtml())
            .add(
                "four",
                Charts.lines(
                    EVIL,
                    EVIL,
                    List.of(EVIL),
                    List.of(new Charts.Series(EVIL, List.of(1.0))),
                    EVIL),
                HeatTable.of(
                    EVIL,
                    List.of(EVIL),
                    List.of(EVIL),
                    new double[][] {{1}},
                    ColorMap.VIRIDIS,
                    EVIL))
            .render();
    assertThat(html).doesNotContain("<script>alert").contains(ESCAPED);
    assertThat(html).contains("\\u003c/script>\\u003cscript>alert");
  }

  @Test
  void rowsWithAnotherNumberOfCellsAreRefused() {
    assertThatThrownBy(() -> new PictureGrid(List.of("a", "b")).row("r", null, List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("row 'r' has 0 cells, expected 2");
    assertThatThrownBy(() -> Tables.of(List.of("a"), List.of(List.of("1", "2"))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("row [1, 2] has 2 cells, expected 1");
  }

  @Test
  void cellsHaveAsManyViewsAsTheSliderChoosesBetween() {
    PictureGrid.Cell cell = PictureGrid.Cell.of(new Picture(new FrameSize(1, 1), new byte[3]), "c");
    PictureGrid grid =
        new PictureGrid(List.of("a")).row("r", null, List.of(cell)).views(List.of("0", "1"));
    assertThatThrownBy(grid::toHtml)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("cell 'c' has 1 views, expected 2");
  }

  @Test
  void gapsInASeriesAreNull() {
    String html =
        Charts.lines(
                "x",
                "y",
                List.of("a", "b"),
                List.of(new Charts.Series("s", List.of(1.5, Double.NaN))),
                "c")
            .render();
    assertThat(html).contains("\"data\":[1.5,null]");
  }

  @Test
  void theSmallestCostIsFramedAndHasTheLastColor() {
    String html =
        HeatTable.of(
                "layer",
                List.of("r"),
                List.of("1", "2"),
                new double[][] {{0.5, 0.25}},
                ColorMap.VIRIDIS,
                "c")
            .render();
    assertThat(html)
        .contains("class=\"dark\" style=\"background-color: #440154\">0.500")
        .contains("class=\"light best\" style=\"background-color: #fde725\">0.250");
  }

  @Test
  void isWrittenWholeAndReplacesWhatWasThere() throws Exception {
    Path file = folder.resolve("report.html");
    Files.writeString(file, "old");
    new HtmlPage("t", "s").write(file);
    assertThat(Files.readString(file)).startsWith("<!DOCTYPE html>").endsWith("</html>");
    try (var files = Files.list(folder)) {
      assertThat(files).containsExactly(file);
    }
  }

  @Test
  void aFolderThatIsMissingIsNamed() {
    Path file = folder.resolve("missing").resolve("report.html");
    assertThatThrownBy(() -> new HtmlPage("t", "s").write(file))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("cannot write the report '" + file + "'");
  }
}
