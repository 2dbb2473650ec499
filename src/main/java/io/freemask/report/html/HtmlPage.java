package io.freemask.report.html;

import static j2html.TagCreator.a;
import static j2html.TagCreator.body;
import static j2html.TagCreator.document;
import static j2html.TagCreator.each;
import static j2html.TagCreator.footer;
import static j2html.TagCreator.h1;
import static j2html.TagCreator.h2;
import static j2html.TagCreator.head;
import static j2html.TagCreator.header;
import static j2html.TagCreator.html;
import static j2html.TagCreator.main;
import static j2html.TagCreator.meta;
import static j2html.TagCreator.nav;
import static j2html.TagCreator.noscript;
import static j2html.TagCreator.p;
import static j2html.TagCreator.rawHtml;
import static j2html.TagCreator.script;
import static j2html.TagCreator.section;
import static j2html.TagCreator.style;
import static j2html.TagCreator.title;

import io.freemask.internal.json.TextFile;
import io.freemask.report.FreeMaskVersion;
import j2html.tags.DomContent;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** A report: a title, and sections that a bar at the top links to. */
public final class HtmlPage {

  /** Nothing may be fetched; what is inline is all there is. */
  private static final String POLICY =
      "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'";

  private record Section(String id, String heading, List<DomContent> content) {}

  private final String title;
  private final String summary;
  private final List<Section> sections = new ArrayList<>();

  /**
   * Creates a page without sections.
   *
   * @param summary one or two sentences below the title
   */
  public HtmlPage(String title, String summary) {
    this.title = title;
    this.summary = summary;
  }

  /** Adds a section. */
  public HtmlPage add(String heading, DomContent... content) {
    sections.add(new Section("section-" + (sections.size() + 1), heading, List.of(content)));
    return this;
  }

  /** Returns the page's text. */
  public String render() {
    return document(
        html(
                head(
                    meta().withCharset("utf-8"),
                    meta().attr("http-equiv", "Content-Security-Policy").withContent(POLICY),
                    meta().withName("viewport").withContent("width=device-width, initial-scale=1"),
                    meta().withName("color-scheme").withContent("light dark"),
                    title(title),
                    style(rawHtml(resource("page.css")))),
                body(
                    nav(each(sections, s -> a(s.heading()).withHref("#" + s.id()))),
                    header(h1(title), p(summary)),
                    noscript(p("Charts and sliders need JavaScript, which is switched off.")),
                    main(
                        each(
                            sections,
                            s ->
                                section(h2(s.heading()), each(s.content(), c -> c))
                                    .withId(s.id()))),
                    footer("Made by freemask " + FreeMaskVersion.get() + "."),
                    script(rawHtml(resource("chartjs/chart.umd.min.js"))),
                    script(rawHtml(resource("page.js")))))
            .withLang("en"));
  }

  /**
   * Writes the page under a temporary name that is renamed when complete; a file of that name is
   * replaced.
   *
   * @throws io.freemask.InvalidInputException if it cannot be written
   */
  public void write(Path file) {
    TextFile.write("report", file, render());
  }

  private static String resource(String name) {
    try (InputStream stream =
        Objects.requireNonNull(HtmlPage.class.getResourceAsStream(name), name)) {
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("resource " + name + " cannot be read", e);
    }
  }
}
