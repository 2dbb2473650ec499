package io.freemask.mmc;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.freemask.InvalidInputException;
import io.freemask.internal.json.JsonSection;
import io.freemask.internal.json.TextFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The measurements of a calibration so far, in a file beside its codebook, so that one that was
 * ended early goes on where it was. The file is replaced after each clip and is complete at any
 * time.
 */
public final class CalibrationWork {

  private static final String FORMAT = "freemask-calibration";
  private static final String WHAT = "work file";

  private final @Nullable Path file;
  private final Map<String, String> identity;
  private final Map<String, Measurement> measurements = new LinkedHashMap<>();

  private CalibrationWork(@Nullable Path file, Map<String, String> identity) {
    this.file = file;
    this.identity = identity;
  }

  /** Returns the work file of a codebook's file. */
  public static Path beside(Path codebook) {
    return codebook.resolveSibling(codebook.getFileName() + ".work");
  }

  /**
   * Opens a work file, or begins one.
   *
   * @param file the file, or null to keep the measurements in memory alone
   * @param identity what measurements depend on besides the clips, in order
   * @throws InvalidInputException if the file is none, or of a calibration of another identity
   */
  public static CalibrationWork open(@Nullable Path file, Map<String, String> identity) {
    CalibrationWork work = new CalibrationWork(file, new LinkedHashMap<>(identity));
    if (file != null && Files.exists(file)) {
      try {
        work.read(TextFile.read(WHAT, file));
      } catch (InvalidInputException | IllegalArgumentException e) {
        throw new InvalidInputException(
            "the calibration cannot go on from '"
                + file
                + "': "
                + e.getMessage()
                + "; remove the file to begin again",
            e);
      }
    }
    return work;
  }

  private void read(String json) {
    JsonSection root = JsonSection.document("content", json);
    if (!root.isText("format") || !root.text("format").equals(FORMAT)) {
      throw root.wrong("format", "\"" + FORMAT + "\"");
    }
    JsonSection made = root.section("identity");
    if (made == null) {
      throw root.wrong("identity", "an object");
    }
    identity.forEach(
        (key, value) -> {
          if (!made.text(key).equals(value)) {
            throw new InvalidInputException(
                "it was made with " + key + " " + made.text(key) + ", expected " + value);
          }
        });
    made.end();
    for (JsonSection section : root.sections("clips")) {
      Measurement measurement = section.read(CalibrationWork::measurement);
      measurements.put(measurement.name(), measurement);
    }
    root.end();
  }

  private static Measurement measurement(JsonSection s) {
    return new Measurement(
        s.text("name"),
        s.text("hash"),
        tables(s, "miou"),
        tables(s, "object_iou"),
        tables(s, "group_miou"));
  }

  private static List<CostTable> tables(JsonSection s, String name) {
    List<CostTable> tables = new ArrayList<>();
    for (JsonSection entry : s.sections(name)) {
      tables.add(entry.read(e -> CostTable.of(e.numberLists("table"))));
    }
    return tables;
  }

  /** Returns how many clips are measured. */
  public int size() {
    return measurements.size();
  }

  /**
   * Returns the measurement of a clip, if there is one.
   *
   * @throws InvalidInputException if what was measured under that name was another clip
   */
  public Optional<Measurement> find(String name, String hash) {
    Measurement found = measurements.get(name);
    if (found != null && !found.hash().equals(hash)) {
      throw new InvalidInputException(
          "the calibration cannot go on from '"
              + file
              + "': clip '"
              + name
              + "' has changed since it was measured; remove the file to begin again");
    }
    return Optional.ofNullable(found);
  }

  /**
   * Keeps a measurement.
   *
   * @throws InvalidInputException if the file cannot be written
   */
  public void add(Measurement measurement) {
    measurements.put(measurement.name(), measurement);
    if (file != null) {
      TextFile.write(WHAT, file, toJson());
    }
  }

  private String toJson() {
    ObjectNode root = JsonSection.newObject();
    root.put("format", FORMAT);
    ObjectNode made = root.putObject("identity");
    identity.forEach(made::put);
    ArrayNode clips = root.putArray("clips");
    for (Measurement measurement : measurements.values()) {
      ObjectNode node = clips.addObject();
      node.put("name", measurement.name());
      node.put("hash", measurement.hash());
      write(node, "miou", measurement.miou());
      write(node, "object_iou", measurement.objectIou());
      write(node, "group_miou", measurement.groupMiou());
    }
    return root.toString();
  }

  private static void write(ObjectNode node, String key, List<CostTable> tables) {
    ArrayNode array = node.putArray(key);
    tables.forEach(table -> CodebookJson.write(array.addObject(), "table", table));
  }

  /** Removes the file, once the codebook is written. */
  public void delete() {
    if (file != null) {
      try {
        Files.deleteIfExists(file);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
