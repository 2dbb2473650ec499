package io.freemask.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.freemask.CodebookSource;
import io.freemask.EditRequest;
import io.freemask.GenerateRequest;
import io.freemask.MaskOptions;
import io.freemask.edit.MaskRule;
import io.freemask.edit.PlanNames;
import io.freemask.edit.Preset;
import io.freemask.edit.SourceCacheLimit;
import io.freemask.edit.StepWindow;
import io.freemask.internal.json.JsonSection;
import io.freemask.internal.json.MaskRuleJson;
import io.freemask.model.SourceCache;
import io.freemask.video.FrameRange;
import io.freemask.video.FrameRate;
import io.freemask.video.FrameSize;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** Requests as JSON. A clip in memory is written as null and cannot be read back. */
final class RequestJson {

  private static final String NONE = "none";

  private RequestJson() {}

  static ObjectNode write(EditRequest request) {
    ObjectNode node = JsonSection.newObject();
    put(node, "input", request.input());
    node.put("source", request.source());
    node.put("target", request.target());
    ArrayNode words = node.putArray("words");
    request.words().forEach(pair -> words.add(pair.toString()));
    node.put("preset", nameOf(request.preset()));
    put(node, "output", request.output());
    put(node, "side_by_side", request.sideBySide());
    put(node, "masks_out", request.masksOut());
    put(node, "record_out", request.recordOut());
    put(node, "report_out", request.reportOut());
    put(node, "checkpoint", request.checkpoint());
    SourceCacheLimit cache = request.sourceCache();
    if (cache != null) {
      node.put("source_cache", cache.bytes());
      switch (cache.place()) {
        case SourceCache.HostMemory host -> {}
        case SourceCache.DeviceMemory device -> node.put("source_cache_on_device", true);
        case SourceCache.ScratchFile file -> put(node, "source_cache_dir", file.directory());
      }
    }
    node.put("steps", request.steps());
    node.put("guidance", request.guidance());
    node.put("inversion_iterations", request.inversionIterations());
    node.put("seed", request.seed());
    ObjectNode frames = node.putObject("frames");
    frames.put("start", request.frames().start());
    request.frames().count().ifPresent(count -> frames.put("count", count));
    frames.put("stride", request.frames().stride());
    putSize(node, request.size());
    put(node, "mapper", PlanNames.MAPPERS, request.mapper());
    put(node, "order", PlanNames.ORDERS, request.order());
    put(node, "temporal_mode", PlanNames.MODES, request.temporalMode());
    put(node, "temporal_polarity", PlanNames.POLARITIES, request.temporalPolarity());
    node.set("masks", write(request.masks()));
    put(node, "cross_window", request.crossWindow());
    put(node, "self_window", request.selfWindow());
    put(node, "temporal_window", request.temporalWindow());
    ObjectNode wordWindows = node.putObject("word_windows");
    request.wordWindows().forEach((word, window) -> put(wordWindows, word, window));
    ObjectNode equalizer = node.putObject("equalizer");
    request.equalizer().forEach(equalizer::put);
    put(node, "latent_blend", request.latentBlend());
    if (request.latentBlendGrow() != null) {
      node.put("latent_blend_grow", request.latentBlendGrow());
    }
    node.put("overwrite", request.overwrite());
    node.put("truncate", request.truncate());
    node.put("strict_size", request.strictSize());
    return node;
  }

  static EditRequest readEdit(JsonSection section) {
    return section.read(
        s -> {
          Path input = path(s, "input");
          if (input == null) {
            throw s.wrong("input", "a path: a clip that was in memory cannot be read back");
          }
          EditRequest.Builder builder =
              EditRequest.builder()
                  .input(input)
                  .source(s.text("source"))
                  .target(s.text("target"))
                  .preset(s.choice("preset", presets(), null))
                  .output(path(s, "output"))
                  .sideBySide(path(s, "side_by_side"))
                  .masksOut(path(s, "masks_out"))
                  .recordOut(path(s, "record_out"))
                  .reportOut(path(s, "report_out"))
                  .checkpoint(path(s, "checkpoint"))
                  .sourceCache(
                      s.has("source_cache")
                          ? new SourceCacheLimit(s.longInteger("source_cache"), cachePlace(s))
                          : null)
                  .steps(s.integer("steps"))
                  .guidance(s.number("guidance"))
                  .inversionIterations(
                      s.has("inversion_iterations") ? s.integer("inversion_iterations") : 1)
                  .seed(s.longInteger("seed"))
                  .frames(frames(s.section("frames")))
                  .size(size(s))
                  .mapper(choice(s, "mapper", PlanNames.MAPPERS))
                  .order(choice(s, "order", PlanNames.ORDERS))
                  .temporalMode(choice(s, "temporal_mode", PlanNames.MODES))
                  .temporalPolarity(choice(s, "temporal_polarity", PlanNames.POLARITIES))
                  .masks(masks(s.section("masks")))
                  .crossWindow(window(s, "cross_window"))
                  .selfWindow(window(s, "self_window"))
                  .temporalWindow(window(s, "temporal_window"))
                  .latentBlend(window(s, "latent_blend"))
                  .latentBlendGrow(
                      s.has("latent_blend_grow") ? (Integer) s.integer("latent_blend_grow") : null)
                  .overwrite(s.flag("overwrite", false))
                  .truncate(s.flag("truncate", false))
                  .strictSize(s.flag("strict_size", false));
          if (s.has("words") && !s.isEmptyList("words")) {
            s.texts("words").forEach(builder::words);
          }
          windows(s.section("word_windows")).forEach(builder::wordWindow);
          numbers(s.section("equalizer")).forEach(builder::equalizer);
          return builder.build();
        });
  }

  static ObjectNode write(GenerateRequest request) {
    ObjectNode node = JsonSection.newObject();
    node.put("prompt", request.prompt());
    put(node, "output", request.output());
    put(node, "record_out", request.recordOut());
    node.put("steps", request.steps());
    node.put("guidance", request.guidance());
    node.put("seed", request.seed());
    node.put("frames", request.frames());
    putSize(node, request.size());
    node.putArray("frame_rate")
        .add(request.frameRate().numerator())
        .add(request.frameRate().denominator());
    node.put("overwrite", request.overwrite());
    node.put("truncate", request.truncate());
    node.put("strict_size", request.strictSize());
    return node;
  }

  static GenerateRequest readGenerate(JsonSection section) {
    return section.read(
        s -> {
          int[] rate = s.size("frame_rate");
          return GenerateRequest.builder(s.text("prompt"))
              .output(path(s, "output"))
              .recordOut(path(s, "record_out"))
              .steps(s.integer("steps"))
              .guidance(s.number("guidance"))
              .seed(s.longInteger("seed"))
              .frames(s.integer("frames"))
              .size(size(s))
              .frameRate(new FrameRate(rate[0], rate[1]))
              .overwrite(s.flag("overwrite", false))
              .truncate(s.flag("truncate", false))
              .strictSize(s.flag("strict_size", false))
              .build();
        });
  }

  private static ObjectNode write(MaskOptions masks) {
    ObjectNode node = JsonSection.newObject();
    Boolean enabled = masks.enabled();
    if (enabled != null) {
      node.put("enabled", enabled);
    }
    Double threshold = masks.threshold();
    if (threshold != null) {
      node.put("threshold", threshold);
    }
    Boolean pool = masks.pool();
    if (pool != null) {
      node.put("pool", pool);
    }
    MaskRule.Layers layers = masks.layers();
    if (layers != null) {
      MaskRuleJson.write(node, layers);
    }
    MaskRule.Timing timing = masks.timing();
    if (timing != null) {
      MaskRuleJson.write(node, timing);
    }
    if (!masks.subtract().isEmpty()) {
      MaskRuleJson.write(node, "subtract", masks.subtract());
    }
    Double subtractThreshold = masks.subtractThreshold();
    if (subtractThreshold != null) {
      node.put("subtract_threshold", subtractThreshold);
    }
    put(node, "file", masks.file());
    node.put("soft", masks.soft());
    switch (masks.codebook()) {
      case CodebookSource.OfModel ofModel -> {}
      case CodebookSource.None none -> node.put("codebook", NONE);
      case CodebookSource.File file -> put(node, "codebook_file", file.path());
    }
    return node;
  }

  private static MaskOptions masks(@Nullable JsonSection section) {
    if (section == null) {
      return MaskOptions.STANDARD;
    }
    return section.read(
        s ->
            new MaskOptions(
                s.has("enabled") ? s.flag("enabled", false) : null,
                s.has("threshold") ? s.number("threshold") : null,
                s.has("pool") ? s.flag("pool", false) : null,
                MaskRuleJson.hasLayers(s) ? MaskRuleJson.layers(s) : null,
                s.has("record") ? MaskRuleJson.timing(s) : null,
                s.has("subtract") ? s.texts("subtract") : List.of(),
                s.has("subtract_threshold") ? s.number("subtract_threshold") : null,
                path(s, "file"),
                s.flag("soft", false),
                codebook(s)));
  }

  private static CodebookSource codebook(JsonSection s) {
    Path file = path(s, "codebook_file");
    if (file != null) {
      return new CodebookSource.File(file);
    }
    return s.choice(
        "codebook", Map.of(NONE, new CodebookSource.None()), new CodebookSource.OfModel());
  }

  private static SourceCache.Place cachePlace(JsonSection s) {
    Path directory = path(s, "source_cache_dir");
    if (directory != null) {
      return new SourceCache.ScratchFile(directory);
    }
    return s.flag("source_cache_on_device", false)
        ? new SourceCache.DeviceMemory()
        : new SourceCache.HostMemory();
  }

  private static FrameRange frames(@Nullable JsonSection section) {
    if (section == null) {
      return FrameRange.ALL;
    }
    return section.read(
        s ->
            new FrameRange(
                s.integer("start"),
                s.has("count") ? OptionalInt.of(s.integer("count")) : OptionalInt.empty(),
                s.integer("stride")));
  }

  private static @Nullable FrameSize size(JsonSection s) {
    return s.has("size") ? FrameSize.parse(s.text("size")) : null;
  }

  private static @Nullable StepWindow window(JsonSection s, String name) {
    return s.has(name) ? requiredWindow(s, name) : null;
  }

  private static StepWindow requiredWindow(JsonSection s, String name) {
    double[] bounds = s.pair(name, "[a, b] with 0 <= a <= b <= 1");
    return new StepWindow(bounds[0], bounds[1]);
  }

  private static Map<String, StepWindow> windows(@Nullable JsonSection section) {
    Map<String, StepWindow> windows = new LinkedHashMap<>();
    if (section != null) {
      section.names().forEach(name -> windows.put(name, requiredWindow(section, name)));
    }
    return windows;
  }

  private static <T> @Nullable T choice(JsonSection s, String name, Map<String, T> names) {
    return s.has(name) ? s.choice(name, names, null) : null;
  }

  private static @Nullable Path path(JsonSection s, String name) {
    return s.has(name) ? Path.of(s.text(name)) : null;
  }

  private static Map<String, Double> numbers(@Nullable JsonSection section) {
    Map<String, Double> numbers = new LinkedHashMap<>();
    if (section != null) {
      section.names().forEach(name -> numbers.put(name, section.number(name)));
    }
    return Collections.unmodifiableMap(numbers);
  }

  private static Map<String, Preset> presets() {
    Map<String, Preset> presets = new LinkedHashMap<>();
    for (Preset preset : Preset.values()) {
      presets.put(nameOf(preset), preset);
    }
    return presets;
  }

  private static String nameOf(Preset preset) {
    return preset.name().toLowerCase(Locale.ROOT);
  }

  private static void put(ObjectNode node, String name, @Nullable Path path) {
    if (path != null) {
      node.put(name, path.toString());
    }
  }

  private static void put(ObjectNode node, String name, @Nullable StepWindow window) {
    if (window != null) {
      node.putArray(name).add(window.start()).add(window.end());
    }
  }

  private static <T> void put(
      ObjectNode node, String name, Map<String, T> names, @Nullable T value) {
    if (value != null) {
      node.put(name, PlanNames.of(names, value));
    }
  }

  private static void putSize(ObjectNode node, @Nullable FrameSize size) {
    if (size != null) {
      node.put("size", size.toString());
    }
  }
}
