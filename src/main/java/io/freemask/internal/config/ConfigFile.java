package io.freemask.internal.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.freemask.InvalidInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** The fields of a JSON configuration; every complaint names the file and the field. */
public final class ConfigFile {

  private static final System.Logger LOG = System.getLogger(ConfigFile.class.getName());

  private static final ObjectReader JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build()
          .readerFor(JsonNode.class);

  private final Path path;
  private final JsonNode root;
  private final String prefix;

  private ConfigFile(Path path, JsonNode root, String prefix) {
    this.path = path;
    this.root = root;
    this.prefix = prefix;
  }

  /** Reads a file. */
  public static ConfigFile read(Path path) {
    JsonNode root;
    try {
      root = JSON.readValue(Files.readAllBytes(path));
    } catch (NoSuchFileException e) {
      throw new InvalidInputException(path + ": no such file, expected a JSON configuration", e);
    } catch (JsonProcessingException e) {
      throw new InvalidInputException(path + ": not valid JSON: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new InvalidInputException(path + ": cannot be read: " + e.getMessage(), e);
    }
    if (!root.isObject()) {
      throw new InvalidInputException(
          path + ": the file holds " + root.getNodeType() + ", expected an object");
    }
    return new ConfigFile(path, root, "");
  }

  /** Returns whether the field is there and not null. */
  public boolean has(String field) {
    return root.hasNonNull(field);
  }

  /** Returns whether the field is an object. */
  public boolean isSection(String field) {
    return root.path(field).isObject();
  }

  /** Returns the fields of an object that has to be there. */
  public ConfigFile section(String field) {
    if (!isSection(field)) {
      throw wrong(field, "an object");
    }
    return new ConfigFile(path, root.get(field), prefix + field + ".");
  }

  /** Logs the fields that are neither known nor private, since they will have no effect. */
  public void warnAboutUnknown(Set<String> known) {
    Set<String> unknown = new TreeSet<>();
    root.fieldNames()
        .forEachRemaining(
            field -> {
              if (!field.startsWith("_") && !known.contains(field)) {
                unknown.add(field);
              }
            });
    if (!unknown.isEmpty()) {
      LOG.log(System.Logger.Level.WARNING, "{0}: fields without effect: {1}", path, unknown);
    }
  }

  /** Returns an integer of 1 or more. */
  public int positive(String field, int fallback) {
    return inRange(field, fallback, 1);
  }

  /** Returns an integer of 1 or more that has to be there. */
  public int requirePositive(String field) {
    if (!has(field)) {
      throw wrong(field, "an integer of 1 or more");
    }
    return inRange(field, 0, 1);
  }

  /** Returns an integer of 0 or more. */
  public int notNegative(String field, int fallback) {
    return inRange(field, fallback, 0);
  }

  private int inRange(String field, int fallback, int least) {
    JsonNode node = root.get(field);
    if (node == null) {
      return fallback;
    }
    if (!node.isIntegralNumber() || !node.canConvertToInt() || node.intValue() < least) {
      throw wrong(field, "an integer of " + least + " or more");
    }
    return node.intValue();
  }

  /** Returns a number. */
  public double number(String field, double fallback) {
    JsonNode node = root.get(field);
    if (node == null) {
      return fallback;
    }
    if (!node.isNumber()) {
      throw wrong(field, "a number");
    }
    return node.doubleValue();
  }

  /** Returns a finite number above 0. */
  public double positiveNumber(String field, double fallback) {
    double value = number(field, fallback);
    if (!(value > 0) || Double.isInfinite(value)) {
      throw wrong(field, "a number above 0");
    }
    return value;
  }

  /** Returns true or false. */
  public boolean flag(String field, boolean fallback) {
    JsonNode node = root.get(field);
    if (node == null) {
      return fallback;
    }
    if (!node.isBoolean()) {
      throw wrong(field, "true or false");
    }
    return node.booleanValue();
  }

  /** One of the given texts. */
  public String choice(String field, String fallback, List<String> choices) {
    JsonNode node = root.get(field);
    if (node == null) {
      return fallback;
    }
    if (!node.isTextual() || !choices.contains(node.textValue())) {
      throw wrong(field, choices.size() == 1 ? choices.getFirst() : "one of " + choices);
    }
    return node.textValue();
  }

  /** Integers of 1 or more; empty when the field is missing. */
  public Optional<List<Integer>> positives(String field) {
    JsonNode node = root.get(field);
    if (node == null) {
      return Optional.empty();
    }
    String expected = "a list of integers of 1 or more";
    if (!node.isArray() || node.isEmpty()) {
      throw wrong(field, expected);
    }
    List<Integer> values = new ArrayList<>();
    for (JsonNode item : node) {
      if (!item.isIntegralNumber() || !item.canConvertToInt() || item.intValue() < 1) {
        throw wrong(field, expected);
      }
      values.add(item.intValue());
    }
    return Optional.of(values);
  }

  /** An integer of 1 or more that is repeated, or a list of as many. */
  public List<Integer> positivesByBlock(String field, int fallback, int blocks) {
    JsonNode node = root.get(field);
    List<Integer> values =
        node != null && node.isArray()
            ? positives(field).orElseThrow()
            : Collections.nCopies(blocks, positive(field, fallback));
    if (values.size() != blocks) {
      throw wrong(field, "one value, or as many as block_out_channels: " + blocks);
    }
    return values;
  }

  /** Numbers; empty when the field is missing or null. */
  public Optional<double[]> numbers(String field) {
    if (!has(field)) {
      return Optional.empty();
    }
    JsonNode node = root.get(field);
    if (!node.isArray() || node.isEmpty()) {
      throw wrong(field, "a list of numbers");
    }
    double[] values = new double[node.size()];
    for (int i = 0; i < values.length; i++) {
      if (!node.get(i).isNumber()) {
        throw wrong(field, "a list of numbers");
      }
      values[i] = node.get(i).doubleValue();
    }
    return Optional.of(values);
  }

  /** As many texts as there are blocks, each one of those given. */
  public List<String> blockTypes(
      String field, List<String> fallback, int blocks, List<String> choices) {
    JsonNode node = root.get(field);
    if (node == null) {
      if (fallback.size() != blocks) {
        throw wrong(field, "as many as block_out_channels: " + blocks);
      }
      return fallback;
    }
    if (!node.isArray() || node.size() != blocks) {
      throw wrong(field, "a list of as many as block_out_channels: " + blocks);
    }
    List<String> values = new ArrayList<>();
    for (JsonNode item : node) {
      if (!item.isTextual() || !choices.contains(item.textValue())) {
        throw new InvalidInputException(
            path
                + ": "
                + prefix
                + field
                + ": unknown block type "
                + item
                + ", expected one of "
                + choices);
      }
      values.add(item.textValue());
    }
    return values;
  }

  /** Refuses a field that would change the result in a way that is not supported. */
  public void requireAbsent(String field) {
    if (has(field)) {
      throw wrong(field, "null: this is not supported");
    }
  }

  /** Makes the complaint about a field. */
  public InvalidInputException wrong(String field, String expected) {
    JsonNode node = root.get(field);
    return new InvalidInputException(
        path
            + ": "
            + prefix
            + field
            + (node == null ? " is missing" : " is " + node)
            + ", expected "
            + expected);
  }
}
