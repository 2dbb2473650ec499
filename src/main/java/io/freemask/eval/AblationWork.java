package io.freemask.eval;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.freemask.InvalidInputException;
import io.freemask.internal.json.JsonSection;
import io.freemask.internal.json.TextFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The measures of an ablation so far, in a file that is replaced after each edit, so that one that
 * was ended early goes on where it was. When all edits are there, it is the result. What shards
 * measured is taken from their files beside it.
 */
public final class AblationWork {

  private static final String FORMAT = "freemask-ablation";
  private static final String WHAT = "ablation";

  private final Path file;
  private final Map<String, String> identity;
  private final Map<String, Map<Variant, Measures>> edits = new LinkedHashMap<>();

  private AblationWork(Path file, Map<String, String> identity) {
    this.file = file;
    this.identity = identity;
  }

  /**
   * Opens a file, or begins one.
   *
   * @param parts files that shards wrote; they are read, not written
   * @param identity what the measures depend on, in order
   * @throws InvalidInputException if a file is none, or of an ablation of another identity
   */
  public static AblationWork open(Path file, List<Path> parts, Map<String, String> identity) {
    AblationWork work = new AblationWork(file, new LinkedHashMap<>(identity));
    parts.forEach(work::take);
    if (Files.exists(file)) {
      work.take(file);
    }
    return work;
  }

  private void take(Path known) {
    try {
      read(TextFile.read(WHAT, known));
    } catch (InvalidInputException e) {
      throw new InvalidInputException(
          "the ablation cannot go on from '"
              + known
              + "': "
              + e.getMessage()
              + "; remove the file to begin again",
          e);
    }
  }

  private void read(String json) {
    JsonSection root = JsonSection.document("content", json);
    if (!root.isText("format") || !root.text("format").equals(FORMAT)) {
      throw root.wrong("format", "\"" + FORMAT + "\"");
    }
    JsonSection made = root.section("identity");
    JsonSection all = root.section("edits");
    if (made == null || all == null) {
      throw root.wrong(made == null ? "identity" : "edits", "an object");
    }
    identity.forEach(
        (key, value) -> {
          if (!made.text(key).equals(value)) {
            throw new InvalidInputException(
                "it was made with " + key + " " + made.text(key) + ", expected " + value);
          }
        });
    for (String name : all.names()) {
      JsonSection edit = all.section(name);
      if (edit != null) {
        edits.put(name, variants(edit));
      }
    }
    root.end();
  }

  private static Map<Variant, Measures> variants(JsonSection edit) {
    Map<Variant, Measures> variants = new EnumMap<>(Variant.class);
    for (Variant variant : Variant.values()) {
      JsonSection section = edit.section(key(variant));
      if (section != null) {
        Map<Measures.Measure, Double> values = new EnumMap<>(Measures.Measure.class);
        for (Measures.Measure measure : Measures.Measure.values()) {
          if (section.has(measure.key())) {
            values.put(measure, section.number(measure.key()));
          }
        }
        variants.put(variant, new Measures(values));
      }
    }
    return variants;
  }

  private static String key(Variant variant) {
    return variant.name().toLowerCase(Locale.ROOT);
  }

  /** Returns the measures of an edit, if it is done. */
  public Optional<Map<Variant, Measures>> find(String edit) {
    return Optional.ofNullable(edits.get(edit));
  }

  /**
   * Keeps the measures of an edit.
   *
   * @throws InvalidInputException if the file cannot be written
   */
  public void add(String edit, Map<Variant, Measures> measures) {
    edits.put(edit, measures);
    write();
  }

  /**
   * Writes all measures.
   *
   * @throws InvalidInputException if the file cannot be written
   */
  public void write() {
    ObjectNode root = JsonSection.newObject();
    root.put("format", FORMAT);
    ObjectNode made = root.putObject("identity");
    identity.forEach(made::put);
    ObjectNode all = root.putObject("edits");
    edits.forEach(
        (name, variants) -> {
          ObjectNode node = all.putObject(name);
          variants.forEach(
              (variant, values) -> {
                ObjectNode row = node.putObject(key(variant));
                values.values().forEach((measure, value) -> row.put(measure.key(), value));
              });
        });
    TextFile.write(WHAT, file, root.toPrettyString() + "\n");
  }
}
