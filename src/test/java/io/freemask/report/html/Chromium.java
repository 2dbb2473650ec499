package io.freemask.report.html;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A browser without a window, to look at reports with. Found by the system property {@code
 * freemask.chromium}, or on the PATH; a machine without one fails the tests that need it.
 */
public final class Chromium {

  private static final String PROPERTY = "freemask.chromium";
  private static final List<String> NAMES =
      List.of("chromium", "chromium-browser", "google-chrome", "google-chrome-stable");
  private static final Pattern INSPECTION =
      Pattern.compile("<script id=\"inspection\" type=\"application/json\">(.*?)</script>");

  /** Has to stand before everything else of the page, to hear of every error. */
  private static final String LISTEN =
      """
      <script>
        const heard = [];
        addEventListener("error", e => heard.push(e.message ?? "failed: " + e.target.outerHTML), true);
        addEventListener("unhandledrejection", e => heard.push(String(e.reason)));
        document.addEventListener("securitypolicyviolation", e => heard.push("refused: " + e.blockedURI));
        for (const kind of ["error", "warn"]) {
          console[kind] = (...what) => heard.push(kind + ": " + what.join(" "));
        }
      </script>
      """;

  private static final String LOOK =
      """
      <script>
        // Whether each of a chart's values has a place within its axes.
        const isMarked = canvas => {
          const chart = typeof Chart === "undefined" ? null : Chart.getChart(canvas);
          return chart !== null && chart !== undefined && chart.data.datasets.every((_, i) => {
            const marks = chart.getDatasetMeta(i).data;
            const {left, right, top, bottom} = chart.chartArea;
            return marks.length > 0 && marks.every(({x, y}) =>
              x >= left - 1 && x <= right + 1 && y >= top - 1 && y <= bottom + 1);
          });
        };
        addEventListener("load", () => {
          const images = [...document.images];
          const slider = document.querySelector("input[data-views]");
          let chosen = null;
          if (slider) {
            slider.value = slider.max;
            slider.dispatchEvent(new Event("input"));
            const image = slider.closest("figure").querySelector(".view img");
            const box = image.parentElement.getBoundingClientRect();
            chosen = {
              name: slider.closest(".slider").querySelector("output").textContent,
              view: Math.round((box.top - image.getBoundingClientRect().top) / box.height),
              plays: slider.closest(".slider").querySelectorAll("button").length,
            };
          }
          const found = {
            heard,
            title: document.title,
            headings: [...document.querySelectorAll("h2")].map(h => h.textContent),
            text: document.querySelector("main").textContent,
            images: images.length,
            broken: images.filter(i => !i.complete || i.naturalWidth === 0).map(i => i.alt),
            elsewhere: performance.getEntriesByType("resource").map(e => e.name),
            grids: [...document.querySelectorAll("table.pictures")].map(t => ({
              rows: t.tBodies[0].rows.length,
              columns: t.tHead.rows[0].cells.length - 1,
              cells: t.querySelectorAll("td img").length,
            })),
            heat: [...document.querySelectorAll("table.heat")].map(t => ({
              rows: t.tBodies[0].rows.length,
              columns: t.tHead.rows[0].cells.length - 1,
            })),
            chosen,
            charts: document.querySelectorAll("canvas").length,
            unmarked: [...document.querySelectorAll("canvas")].filter(c => !isMarked(c)).length,
            overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
          };
          const out = document.createElement("script");
          out.id = "inspection";
          out.type = "application/json";
          out.textContent = JSON.stringify(found).replaceAll("<", "\\\\u003c");
          document.body.append(out);
        });
      </script>
      """;

  private Chromium() {}

  /**
   * Opens a page and returns what is there, as the script above names it.
   *
   * @param width of the window in pixels
   */
  public static JsonNode inspect(Path page, int width, Path scratch) throws Exception {
    String html = Files.readString(page);
    Path copy = scratch.resolve("inspected-" + width + ".html");
    Files.writeString(
        copy,
        html.replaceFirst("<head>", Matcher.quoteReplacement("<head>" + LISTEN))
            .replace("</body>", LOOK + "</body>"));
    Path profile = Files.createTempDirectory(scratch, "profile");
    Path dom = scratch.resolve("dom-" + width + ".html");
    Path log = scratch.resolve("chromium-" + width + ".log");
    List<String> command = new ArrayList<>(List.of(find().toString()));
    command.addAll(
        List.of(
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-crash-reporter",
            "--no-first-run",
            "--user-data-dir=" + profile,
            "--window-size=" + width + ",900",
            "--virtual-time-budget=10000",
            "--dump-dom",
            copy.toUri().toString()));
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(dom.toFile())
            .redirectError(log.toFile())
            .start();
    try {
      if (!process.waitFor(2, TimeUnit.MINUTES)) {
        throw new AssertionError("Chromium took more than 2 minutes: " + Files.readString(log));
      }
    } finally {
      process.destroyForcibly().waitFor();
      delete(profile);
    }
    Matcher found = INSPECTION.matcher(Files.readString(dom));
    if (process.exitValue() != 0 || !found.find()) {
      throw new AssertionError(
          "Chromium ended with " + process.exitValue() + ": " + Files.readString(log));
    }
    return JsonMapper.builder().build().readTree(found.group(1));
  }

  /** Deletes the profile, into which processes that outlive the first may still write. */
  private static void delete(Path profile) throws Exception {
    for (int attempt = 1; Files.exists(profile); attempt++) {
      try (Stream<Path> files = Files.walk(profile)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.deleteIfExists(file);
        }
      } catch (IOException | UncheckedIOException e) {
        if (attempt == 50) {
          throw e;
        }
        Thread.sleep(100);
      }
    }
  }

  private static Path find() {
    String given = System.getProperty(PROPERTY);
    if (given != null) {
      if (!Files.isExecutable(Path.of(given))) {
        throw new AssertionError(PROPERTY + " is '" + given + "', expected Chromium's program");
      }
      return Path.of(given);
    }
    String path = System.getenv().getOrDefault("PATH", "");
    for (String folder : path.split(File.pathSeparator)) {
      for (String name : NAMES) {
        Path program = Path.of(folder, name);
        if (Files.isExecutable(program)) {
          return program;
        }
      }
    }
    throw new AssertionError(
        "no Chromium on the PATH, looked for "
            + NAMES
            + "; install it (Debian: chromium), or set -D"
            + PROPERTY);
  }
}
