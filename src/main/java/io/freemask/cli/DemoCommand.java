package io.freemask.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.freemask.EditRequest;
import io.freemask.EditResult;
import io.freemask.VideoEditor;
import io.freemask.WordPair;
import io.freemask.edit.Preset;
import io.freemask.eval.metric.Psnr;
import io.freemask.mask.Mask;
import io.freemask.video.FrameRange;
import io.freemask.video.MaskClip;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Edits the clip that comes with the program. */
@Command(
    name = "demo",
    abbreviateSynopsis = true,
    description = {
      "Edit a bundled clip with the built-in model.",
      "Writes the clip, the result, both side by side, the masks and the run record into one"
          + " folder, replacing those of an earlier demo, and tells by how much the object changed"
          + " and the background did not."
    },
    footer = {
      "",
      "Examples:",
      "  freemask demo",
      "  freemask demo --output-dir /tmp/demo",
      "  freemask edit --repeat freemask-demo/edited.mp4.json --target \"a blue circle moving right"
          + " on grass\" \\",
      "      --output blue.mp4"
    })
final class DemoCommand extends RunCommand {

  private static final String BUNDLE = "/io/freemask/demo/";
  private static final int STEPS = 20;
  private static final double GUIDANCE = 6;

  @Option(
      names = "--output-dir",
      paramLabel = "DIR",
      description = "Where to write. Default: ${DEFAULT-VALUE}.",
      defaultValue = "freemask-demo")
  private Path folder = Path.of("freemask-demo");

  @Mixin private final ModelArguments model = new ModelArguments();

  @Override
  void run() {
    JsonNode bundle = description();
    Path clip = folder.resolve("source");
    Path masks = folder.resolve("source-masks");
    extract(bundle.required("frames"), clip);
    extract(bundle.required("masks"), masks);
    Path edited = folder.resolve("edited.mp4");
    EditRequest request =
        EditRequest.builder()
            .input(clip)
            .source(bundle.required("source").asText())
            .target(bundle.required("target").asText())
            .words(new WordPair(texts(bundle.required("mask_words")), List.of()))
            .preset(Preset.ATTRIBUTE)
            .steps(STEPS)
            .guidance(GUIDANCE)
            .output(edited)
            .sideBySide(folder.resolve("side-by-side.mp4"))
            .masksOut(folder.resolve("masks.mp4"))
            .recordOut(folder.resolve("edited.mp4.json"))
            .overwrite(true)
            .build();
    note("source: " + request.source());
    note("target: " + request.target());
    Finding cuda = new SystemCheckup().cuda();
    if (cuda.state() != Finding.State.OK) {
      note(cuda.summary() + ":");
      cuda.advice().forEach(advice -> note("  " + advice));
    }
    try (VideoEditor editor = model.open(Optional.empty())) {
      EditResult result = showing(progress -> editor.edit(request, progress, session().token()));
      printWritten(result.written());
      session().out().println(figures(result, MaskClip.read(masks, FrameRange.ALL).toMask()));
      printStatistics(result.statistics());
    }
  }

  private static String figures(EditResult result, Mask object) {
    return String.format(
        Locale.ROOT,
        "PSNR against the clip: object %.1f dB (changed), background %.1f dB (kept); the VAE alone,"
            + " without an edit: %.1f dB",
        Psnr.of(result.source(), result.clip(), object, true).orElseThrow(),
        Psnr.of(result.source(), result.clip(), object, false).orElseThrow(),
        result.figures().reconstruction());
  }

  private static JsonNode description() {
    try (InputStream in = open("demo.json")) {
      return JsonMapper.builder().build().readTree(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<String> texts(JsonNode list) {
    List<String> texts = new ArrayList<>();
    list.forEach(text -> texts.add(text.asText()));
    return texts;
  }

  private static void extract(JsonNode files, Path target) {
    try {
      Files.createDirectories(target);
      for (JsonNode file : files) {
        Path name = Path.of(file.asText()).getFileName();
        try (InputStream in = open(file.asText())) {
          Files.copy(in, target.resolve(name), StandardCopyOption.REPLACE_EXISTING);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static InputStream open(String name) {
    InputStream in = DemoCommand.class.getResourceAsStream(BUNDLE + name);
    if (in == null) {
      throw new IllegalStateException("this build holds no " + BUNDLE + name);
    }
    return in;
  }
}
