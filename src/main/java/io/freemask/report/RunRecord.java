package io.freemask.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.freemask.EditFigures;
import io.freemask.EditRequest;
import io.freemask.EditResult;
import io.freemask.EditorSettings;
import io.freemask.GenerateRequest;
import io.freemask.GenerateResult;
import io.freemask.InvalidInputException;
import io.freemask.MemoryEstimate;
import io.freemask.RunStatistics;
import io.freemask.edit.SourceCacheUse;
import io.freemask.internal.ffi.BuildInfo;
import io.freemask.internal.ffi.NativeRuntime;
import io.freemask.internal.json.JsonSection;
import io.freemask.internal.json.TextFile;
import io.freemask.tensor.AttentionPath;
import io.freemask.tensor.AttentionRuns;
import io.freemask.tensor.DType;
import io.freemask.tensor.Device;
import io.freemask.video.Clip;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What a run was asked for, what ran it and what came of it, as JSON.
 *
 * <p>Sections {@code edit} or {@code generate} and {@code settings} are enough to repeat the run:
 * on the same machine with the same versions and threads, bit for bit. The others inform.
 */
public final class RunRecord {

  private static final String EDIT = "edit";
  private static final String GENERATE = "generate";
  private static final String SETTINGS = "settings";

  private final ObjectNode root;

  private RunRecord(ObjectNode root) {
    this.root = root;
  }

  /** Makes the record of an edit. */
  public static RunRecord of(EditorSettings settings, EditRequest request, EditResult result) {
    ObjectNode root = head(settings, EDIT, RequestJson.write(request));
    root.set("plan", tree(result.plan().toJson()));
    result(root, result.clip(), result.written(), result.statistics());
    root.set("figures", figures(result.figures()));
    SourceCacheUse cache = result.sourceCache();
    root.putObject("source_cache")
        .put("steps", cache.steps())
        .put("of", cache.fused())
        .put("bytes", cache.bytes());
    return new RunRecord(root);
  }

  /** Makes the record of a generation. */
  public static RunRecord of(
      EditorSettings settings, GenerateRequest request, GenerateResult result) {
    ObjectNode root = head(settings, GENERATE, RequestJson.write(request));
    result(root, result.clip(), result.written(), result.statistics());
    return new RunRecord(root);
  }

  /**
   * Reads a record.
   *
   * @throws InvalidInputException if the file cannot be read or is none
   */
  public static RunRecord read(Path file) {
    return parse(file.toString(), TextFile.read("run record", file));
  }

  /**
   * Reads a record's text.
   *
   * @param name what messages call it
   * @throws InvalidInputException if the text is no record
   */
  public static RunRecord parse(String name, String json) {
    JsonSection document = JsonSection.document("run record " + name, json);
    if (!document.has(SETTINGS) || document.has(EDIT) == document.has(GENERATE)) {
      throw new InvalidInputException(
          "run record "
              + name
              + " has the sections "
              + document.names()
              + ", expected settings and either edit or generate");
    }
    RunRecord record = new RunRecord((ObjectNode) document.node());
    record.settings();
    record.editRequest();
    record.generateRequest();
    return record;
  }

  /** Returns the edit that was asked for, if it was one. */
  public Optional<EditRequest> editRequest() {
    return Optional.ofNullable(document().section(EDIT)).map(RequestJson::readEdit);
  }

  /** Returns the generation that was asked for, if it was one. */
  public Optional<GenerateRequest> generateRequest() {
    return Optional.ofNullable(document().section(GENERATE)).map(RequestJson::readGenerate);
  }

  /** Returns what ran it. */
  public EditorSettings settings() {
    JsonSection section = document().section(SETTINGS);
    if (section == null) {
      throw new IllegalStateException("a record has settings");
    }
    return section.read(
        s ->
            new EditorSettings(
                s.has("model") ? Path.of(s.text("model")) : null,
                s.text("model_name"),
                s.text("model_hash"),
                s.text("backend"),
                Device.parse(s.text("device")),
                s.choice("dtype", dtypes(), null),
                s.integer("threads"),
                s.longInteger("memory_limit"),
                s.choice("attention", paths(), AttentionPath.AUTO)));
  }

  /** Returns the record as JSON. */
  public String toJson() {
    return root.toPrettyString();
  }

  /**
   * Writes the record under a temporary name that is renamed when complete; a file of that name is
   * replaced.
   *
   * @throws InvalidInputException if it cannot be written
   */
  public void write(Path file) {
    TextFile.write("run record", file, toJson() + "\n");
  }

  private JsonSection document() {
    return JsonSection.document("run record", root.toString());
  }

  private static ObjectNode head(EditorSettings settings, String kind, ObjectNode request) {
    ObjectNode root = JsonSection.newObject();
    root.set(kind, request);
    ObjectNode node = root.putObject(SETTINGS);
    Path model = settings.model();
    if (model != null) {
      node.put("model", model.toString());
    }
    node.put("model_name", settings.modelName());
    node.put("model_hash", settings.modelHash());
    node.put("backend", settings.backend());
    node.put("device", settings.device().toString());
    node.put("dtype", nameOf(settings.dtype()));
    node.put("threads", settings.threads());
    node.put("memory_limit", settings.memoryLimitBytes());
    node.put("attention", settings.attention().label());
    ObjectNode versions = root.putObject("versions");
    BuildInfo build = NativeRuntime.require();
    versions.put("freemask", FreeMaskVersion.get());
    versions.put("native", build.gitRevision());
    versions.put("libtorch", build.libtorchLoaded());
    versions.put("cuda", build.cudaVersion());
    versions.put("jdk", Runtime.version().toString());
    versions.put(
        "system",
        System.getProperty("os.name")
            + " "
            + System.getProperty("os.version")
            + " "
            + System.getProperty("os.arch"));
    return root;
  }

  private static void result(
      ObjectNode root, Clip clip, List<Path> written, RunStatistics statistics) {
    ObjectNode result = root.putObject("result");
    result.put("frames", clip.frameCount());
    result.put("size", clip.size().toString());
    ArrayNode paths = result.putArray("written");
    written.forEach(path -> paths.add(path.toString()));
    ObjectNode seconds = root.putObject("seconds");
    statistics
        .timings()
        .forEach((phase, time) -> seconds.put(phase.label(), time.toMillis() / 1000.0));
    seconds.put("total", statistics.total().toMillis() / 1000.0);
    ObjectNode memory = root.putObject("memory_bytes");
    memory.put("peak_tensors", statistics.peakTensorBytes());
    memory.put("peak_resident", statistics.peakResidentBytes());
    ArrayNode attention = root.putArray("attention");
    for (AttentionRuns runs : statistics.attention()) {
      ObjectNode entry = attention.addObject();
      entry.put("operation", runs.operation());
      entry.put("kernel", runs.kernel());
      entry.put("calls", runs.calls());
      if (!runs.reason().isEmpty()) {
        entry.put("reason", runs.reason());
      }
    }
    MemoryEstimate estimate = statistics.estimate();
    memory.put("estimate", estimate.totalBytes());
  }

  private static ObjectNode figures(EditFigures figures) {
    ObjectNode node = JsonSection.newObject();
    putDecibel(node, "psnr_whole", OptionalDouble.of(figures.whole()));
    putDecibel(node, "psnr_inside", figures.inside());
    putDecibel(node, "psnr_outside", figures.outside());
    putDecibel(node, "psnr_reconstruction", OptionalDouble.of(figures.reconstruction()));
    figures.maskCoverage().ifPresent(share -> node.put("mask_coverage", share));
    return node;
  }

  /** JSON has no infinity: equal regions are written as text. */
  private static void putDecibel(ObjectNode node, String name, OptionalDouble decibel) {
    if (decibel.isPresent()) {
      if (Double.isFinite(decibel.getAsDouble())) {
        node.put(name, decibel.getAsDouble());
      } else {
        node.put(name, "equal");
      }
    }
  }

  private static JsonNode tree(String json) {
    try {
      return JsonMapper.builder().build().readTree(json);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a plan is valid JSON", e);
    }
  }

  private static Map<String, DType> dtypes() {
    return Map.of(
        nameOf(DType.F32), DType.F32, nameOf(DType.F16), DType.F16, nameOf(DType.BF16), DType.BF16);
  }

  private static Map<String, AttentionPath> paths() {
    return Arrays.stream(AttentionPath.values())
        .collect(Collectors.toMap(AttentionPath::label, Function.identity()));
  }

  private static String nameOf(DType dtype) {
    return dtype.name().toLowerCase(Locale.ROOT);
  }
}
